// The older module's Nest module: an election over Redis, and a helper that every module can inject.
import { type DynamicModule, Module } from '@nestjs/common'
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core'
import { InvalidOptionsError } from 'oarlock'
import { LeaderElectionService } from '../election/index.ts'
import { OarlockModule } from '../module/index.ts'
import { FallbackScheduler } from './fallback-scheduler.ts'
import { LeaderElectionHelper } from './leader-election-helper.ts'

/** ioredis options, and a prefix. */
export interface LeaderElectionModuleOptions {
  /** Instances with the same Redis and prefix elect one leader. */
  readonly prefix: string
  readonly host?: string
  readonly port?: number
  readonly db?: number
  readonly username?: string
  readonly password?: string
  readonly [ioredisOption: string]: unknown
}

export class LeaderElectionModule {
  static forRoot(config: LeaderElectionModuleOptions): DynamicModule {
    if (typeof config !== 'object' || config === null)
      throw new InvalidOptionsError(
        'LeaderElectionModule.forRoot: the options must be an object: { prefix, host, port, … }',
      )
    const { prefix, ...redis } = config
    return {
      module: LeaderElectionModule,
      global: true,
      imports: [OarlockModule.forRoot({ redis, prefix, isGlobal: true })],
      providers: [
        {
          provide: LeaderElectionHelper,
          useFactory: (service: LeaderElectionService) => new LeaderElectionHelper(service),
          inject: [LeaderElectionService],
        },
        {
          provide: FallbackScheduler,
          useFactory: (modules: ModulesContainer, loader: LazyModuleLoader) =>
            new FallbackScheduler(modules, loader),
          inject: [ModulesContainer, LazyModuleLoader],
        },
      ],
      exports: [LeaderElectionHelper],
    }
  }
}
Module({})(LeaderElectionModule)

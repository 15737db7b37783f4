// The older module's module: an election over Redis, and a helper that is there for every module.
import { type DynamicModule, Module } from '@nestjs/common'
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core'
import { LeaderElectionService } from '../election/service.ts'
import { OarlockModule } from '../module/oarlock.module.ts'
import { LeaderElectionHelper } from './leader-election-helper.ts'
import { BroughtScheduler } from './scheduler.ts'

/** ioredis options, and a prefix. */
export interface LeaderElectionModuleOptions {
  /** Who shares Redis and prefix elects one leader. */
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
          provide: BroughtScheduler,
          useFactory: (modules: ModulesContainer, loader: LazyModuleLoader) =>
            new BroughtScheduler(modules, loader),
          inject: [ModulesContainer, LazyModuleLoader],
        },
      ],
      exports: [LeaderElectionHelper],
    }
  }
}
Module({})(LeaderElectionModule)

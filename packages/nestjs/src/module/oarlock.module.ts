// OarlockModule: how an application says which elections it takes part in.
import { type DynamicModule, Module, type Provider } from '@nestjs/common'
import { InvalidOptionsError } from 'oarlock'
import {
  defaultElection,
  getElectionToken,
  getLeaderElectionToken,
  getLeadershipToken,
} from '../election/name.ts'
import type { LeaderElectionService } from '../election/service.ts'
import { checkFeatureOptions, checkName, checkOptions } from './check-options.ts'
import { OarlockCoreModule } from './core.module.ts'
import { Elections } from './elections.ts'
import type {
  ElectionOptions,
  FeatureOptions,
  OarlockModuleAsyncOptions,
  OarlockModuleOptions,
  OarlockOptionsFactory,
} from './options.ts'

/** The token of what an election's module was told. */
const rootOptionsToken = (name: string): string => `Oarlock RootOptions '${name}'`

let calls = 0

/** Makes what one call returns unlike what any other does. Nest 10 takes modules for one that read the same. */
const unlike = (): Provider => ({ provide: `Oarlock call ${++calls}`, useValue: true })

/** Holds what forRoot was told, where every forFeature finds it. */
class OarlockRootModule {}
Module({})(OarlockRootModule)

export class OarlockModule {
  /**
   * The application takes part in an election: over Redis, as a member over TCP, or with an election that is there already.
   * Throws InvalidOptionsError.
   */
  static forRoot(options: OarlockModuleOptions): DynamicModule {
    const { name = defaultElection, isGlobal = false, ...own } = options ?? {}
    checkName(name)
    checkOptions('OarlockModule.forRoot', own)
    return root(name, isGlobal, [], [{ provide: rootOptionsToken(name), useFactory: () => own }])
  }

  /** As forRoot, with options that a provider makes. Its errors reject the application's start. */
  static forRootAsync(options: OarlockModuleAsyncOptions): DynamicModule {
    const { name = defaultElection, isGlobal = false, imports = [], extraProviders = [] } = options
    checkName(name)
    const providers = [...extraProviders, ...asyncOptions(name, options)]
    return root(name, isGlobal, imports, providers)
  }

  /**
   * An election for the importing module. By another name than forRoot's it is, for now, a cluster of its own under `prefix:name`,
   * and costs connections and heartbeats of its own. `options` say what differs from forRoot's.
   * Without a name: the default election, where forRoot's module is neither global nor imported. Throws InvalidOptionsError.
   */
  static forFeature(name: string = defaultElection, options: FeatureOptions = {}): DynamicModule {
    const where = `OarlockModule.forFeature('${name}')`
    checkName(name)
    checkFeatureOptions(where, options)
    const makeOptions = (ofName?: ElectionOptions, ofDefault?: ElectionOptions): ElectionOptions =>
      featureOptions(where, options, ofName, ofDefault)
    const token = `Oarlock FeatureOptions '${name}'`
    const optional = (ofName: string) => ({ token: rootOptionsToken(ofName), optional: true })
    return {
      module: OarlockModule,
      imports: [OarlockCoreModule],
      providers: [
        unlike(),
        { provide: token, useFactory: makeOptions, inject: [optional(name), optional(defaultElection)] },
        ...electionProviders(name, token),
      ],
      exports: electionTokens(name),
    }
  }
}
Module({})(OarlockModule)

function root(
  name: string,
  isGlobal: boolean,
  imports: NonNullable<DynamicModule['imports']>,
  providers: readonly Provider[],
): DynamicModule {
  const token = rootOptionsToken(name)
  return {
    module: OarlockModule,
    global: isGlobal,
    imports: [
      OarlockCoreModule,
      {
        module: OarlockRootModule,
        global: true,
        imports,
        providers: [unlike(), ...providers],
        exports: [token],
      },
    ],
    providers: [unlike(), ...electionProviders(name, token)],
    exports: electionTokens(name),
  }
}

function asyncOptions(name: string, options: OarlockModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options
  const where = 'OarlockModule.forRootAsync'
  const given = [useFactory, useClass, useExisting].filter((way) => way !== undefined)
  if (given.length !== 1)
    throw new InvalidOptionsError(`${where}: needs exactly one of useFactory, useClass and useExisting`)
  const checked = async (made: unknown): Promise<ElectionOptions> => {
    const own = await made
    checkOptions(where, own)
    return own
  }
  const provide = rootOptionsToken(name)
  if (useFactory !== undefined)
    return [{ provide, useFactory: (...args) => checked(useFactory(...args)), inject: [...inject] }]
  const factory = useClass ?? useExisting!
  const byClass = (maker: OarlockOptionsFactory) => checked(maker.createOarlockOptions())
  return [
    { provide, useFactory: byClass, inject: [factory] },
    ...(useClass === undefined ? [] : [{ provide: useClass, useClass }]),
  ]
}

/** What is not said of a feature is as it is in forRoot of its name, or else in that of the default election. */
function featureOptions(
  where: string,
  options: FeatureOptions,
  ofName: ElectionOptions | undefined,
  ofDefault: ElectionOptions | undefined,
): ElectionOptions {
  const inherited = ofName ?? ofDefault
  const ownBroker = options.redis ?? options.tcp ?? options.election
  if (ownBroker !== undefined) {
    const { drainTimeout, forward } = inherited ?? {}
    const shared = Object.entries({ drainTimeout, forward }).filter(([, value]) => value !== undefined)
    return { ...Object.fromEntries(shared), ...options } as ElectionOptions
  }
  if (inherited === undefined)
    throw new InvalidOptionsError(
      `${where}: there is no OarlockModule.forRoot to share a broker with: import it, or give this one redis, tcp or election`,
    )
  if (ofName === undefined && inherited.redis === undefined)
    throw new InvalidOptionsError(
      `${where}: only a Redis can be shared by several elections: give this one a tcp or an election of its own`,
    )
  return { ...inherited, ...options } as ElectionOptions
}

const electionTokens = (name: string) => [
  getLeaderElectionToken(name),
  getElectionToken(name),
  getLeadershipToken(name),
]

function electionProviders(name: string, optionsToken: string): Provider[] {
  const service = getLeaderElectionToken(name)
  return [
    {
      provide: service,
      useFactory: async (elections: Elections, options: ElectionOptions) => {
        await elections.make(name, options)
        return elections.get(name)
      },
      inject: [Elections, optionsToken],
    },
    {
      provide: getElectionToken(name),
      useFactory: ({ election }: LeaderElectionService) => election,
      inject: [service],
    },
    {
      provide: getLeadershipToken(name),
      useFactory: (elections: Elections) => elections.leadership(name),
      inject: [Elections, service],
    },
  ]
}

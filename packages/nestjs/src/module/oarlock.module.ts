// OarlockModule: adds elections to an application.
import { type DynamicModule, Module, type Provider } from '@nestjs/common'
import { InvalidOptionsError } from 'oarlock'
import {
  checkAsyncOptions,
  checkFeatureOptions,
  checkOptions,
  type ElectionOptions,
  type Elections,
  electionsToken,
  type FeatureOptions,
  type OarlockModuleAsyncOptions,
  type OarlockModuleOptions,
  type OarlockOptionsFactory,
} from '../application/index.ts'
import {
  checkName,
  defaultElection,
  getElectionToken,
  getLeaderElectionToken,
  getLeadershipToken,
  type LeaderElectionService,
  otherServiceTokens,
} from '../election/index.ts'
import { OarlockCoreModule } from './core.module.ts'

/** The token of the options that forRoot was given for that election. */
const rootOptionsToken = (name: string): string => `Oarlock RootOptions '${name}'`

let calls = 0

/**
 * A provider that makes a dynamic module unique. Nest 10 merges dynamic modules that look the same, and would
 * hide a conflict.
 */
const uniqueProvider = (): Provider => ({ provide: `Oarlock call ${++calls}`, useValue: true })

/** Holds the options of forRoot, where every forFeature finds them. */
class OarlockRootModule {}
Module({})(OarlockRootModule)

export class OarlockModule {
  /**
   * The application takes part in an election: over Redis, as a member over TCP, or through an existing
   * Election. Throws InvalidOptionsError.
   */
  static forRoot(options: OarlockModuleOptions): DynamicModule {
    const given: unknown = options ?? {}
    checkOptions('OarlockModule.forRoot', given)
    const { name = defaultElection, isGlobal = false, ...own }: OarlockModuleOptions = given
    checkName(name)
    return root(name, isGlobal, [], [{ provide: rootOptionsToken(name), useFactory: () => own }])
  }

  /** Like forRoot, with options that a provider makes. Invalid options make the application's start fail. */
  static forRootAsync(options: OarlockModuleAsyncOptions): DynamicModule {
    checkAsyncOptions('OarlockModule.forRootAsync', options)
    const { name = defaultElection, isGlobal = false, imports = [], extraProviders = [] } = options
    checkName(name)
    const providers = [...extraProviders, ...asyncOptions(name, options)]
    return root(name, isGlobal, imports, providers)
  }

  /**
   * An election for the importing module. Over Redis each name is a cluster of its own under `prefix:name`, with its own
   * connections and heartbeats. Else it is an election on the cluster of forRoot. `options` override those of forRoot. Without a name it provides
   * the default election, for modules that do not import forRoot's module when that is not global. Throws
   * InvalidOptionsError.
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
        uniqueProvider(),
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
        providers: [uniqueProvider(), ...providers],
        exports: [token],
      },
    ],
    providers: [uniqueProvider(), ...electionProviders(name, token)],
    exports: electionTokens(name),
  }
}

function asyncOptions(name: string, options: OarlockModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options
  const where = 'OarlockModule.forRootAsync'
  const given = [useFactory, useClass, useExisting].filter((way) => way !== undefined)
  if (given.length !== 1)
    throw new InvalidOptionsError(`${where}: give exactly one of useFactory, useClass and useExisting`)
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

/**
 * Options that a feature does not have come from the forRoot of its name, or else from that of the default
 * election.
 */
function featureOptions(
  where: string,
  options: FeatureOptions,
  ofName: ElectionOptions | undefined,
  ofDefault: ElectionOptions | undefined,
): ElectionOptions {
  const inherited = ofName ?? ofDefault
  const ownBroker = options.redis ?? options.tcp ?? options.election ?? options.coordinator
  if (ownBroker !== undefined) {
    const { drainTimeout, forward } = inherited ?? {}
    const shared = Object.entries({ drainTimeout, forward }).filter(([, value]) => value !== undefined)
    return { ...Object.fromEntries(shared), ...options } as ElectionOptions
  }
  if (inherited === undefined)
    throw new InvalidOptionsError(
      `${where}: there is no OarlockModule.forRoot whose broker it could share: import that, or give this one redis, tcp, election or coordinator`,
    )
  if (ofName === undefined && inherited.redis === undefined && inherited.coordinator === undefined) {
    const { drainTimeout, forward } = { ...inherited, ...options }
    const own = Object.entries({ drainTimeout, forward }).filter(([, value]) => value !== undefined)
    return { ...Object.fromEntries(own), sharedWith: defaultElection }
  }
  return { ...inherited, ...options } as ElectionOptions
}

const electionTokens = (name: string) => [
  getLeaderElectionToken(name),
  getElectionToken(name),
  getLeadershipToken(name),
  ...otherServiceTokens(name),
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
      inject: [electionsToken, optionsToken],
    },
    ...otherServiceTokens(name).map((other) => ({ provide: other, useExisting: service })),
    {
      provide: getElectionToken(name),
      useFactory: ({ election }: LeaderElectionService) => election,
      inject: [service],
    },
    {
      provide: getLeadershipToken(name),
      useFactory: (elections: Elections) => elections.leadership(name),
      inject: [electionsToken, service],
    },
  ]
}

// The options of the module: how the instances find one another, and what the application wants of the
// election.
import type { DynamicModule, InjectionToken, OptionalFactoryDependency, Provider, Type } from '@nestjs/common'
import type { Coordinator, Election, LeaderInfo, MemberOptions } from 'oarlock'

/** A call of a `@LeaderOnly({ otherwise: 'forward' })` method on an instance that does not lead. */
export interface ForwardedCall {
  readonly election: string
  /** The name of the class. */
  readonly target: string
  /** The name of the method. */
  readonly method: string
  readonly args: readonly unknown[]
}

/** Carries the call out on the leader. How the instances reach one another is up to the application. */
export type Forward = (leader: LeaderInfo, call: ForwardedCall) => Promise<unknown>

interface AnyElection {
  /** How long shutdown waits for leader work before it hands leadership over, in ms. Default 5000. */
  readonly drainTimeout?: number
  /** Needed by `@LeaderOnly({ otherwise: 'forward' })`. */
  readonly forward?: Forward
}

/** Instances that have only a Redis and a prefix in common. Needs the package `@oarlock/redis`. */
export interface RedisBroker {
  /**
   * A URL, ioredis options, or an existing ioredis or node-redis client, which is duplicated and never
   * closed.
   */
  readonly redis: string | object
  /**
   * The prefix of keys and channels. Instances with the same Redis and prefix elect one leader. Default
   * 'oarlock'.
   */
  readonly prefix?: string
  /** A readable name of this instance, for people. Default: the host's name. */
  readonly instanceName?: string
  /** How many instances found the cluster together. Default: the first one founds it. */
  readonly expected?: number
  /**
   * The shortest time without a leader before an election, in ms. It may differ. Default 400.
   */
  readonly electionTimeout?: number
  /** How long a silent instance remains a member, in ms. Default 10 × electionTimeout. */
  readonly forgetAfter?: number
  /**
   * How long there has to be no leader before the cluster is given up for a new one, in ms. Default 5 ×
   * electionTimeout.
   */
  readonly generationTimeout?: number
  /**
   * Messages that are not authenticated with the secret are dropped. If none is set, anyone with access to
   * Redis can send. The same on every instance. During a rotation, give two: the
   * first one signs, and both are accepted.
   */
  readonly secret?: string | readonly [string, string]
  /** An instance with a higher priority is preferred as leader. A whole number from 0 to 100. Default 1. */
  readonly priority?: number
  readonly tcp?: never
  readonly election?: never
  readonly coordinator?: never
}

/** As Omit, for each alternative of a union. */
type Without<Options, Name extends PropertyKey> = Options extends unknown ? Omit<Options, Name> : never

/**
 * Members with addresses and a disk, without a broker: the options of `join` of `oarlock`. Elections by other names are on
 * the same cluster.
 */
export interface TcpMembers {
  readonly tcp: Without<
    MemberOptions<never, never>,
    'shutdownSignals' | 'drainTimeout' | 'proposeTimeout' | 'purpose' | 'machine' | 'codec'
  >
  readonly redis?: never
  readonly election?: never
  readonly coordinator?: never
}

/**
 * A member that you have made, or any other Election. The module closes it when the application shuts down. Of a member,
 * elections by other names are on its cluster.
 */
export interface ExistingElection {
  readonly election: Election
  readonly redis?: never
  readonly tcp?: never
  readonly coordinator?: never
}

/**
 * What `connect` of `oarlock` or `etcd` of `@oarlock/etcd` has made: each election is one by its name there. The module
 * closes the elections; close the rest yourself.
 */
export interface ExistingCoordinator {
  readonly coordinator: Pick<Coordinator, 'election'>
  /**
   * How long the others wait when an instance has died, in ms. Default 5000.
   */
  readonly ttl?: number
  readonly redis?: never
  readonly tcp?: never
  readonly election?: never
}

/** An election by its name on the cluster of another one of this application: see FeatureOptions. */
export interface SharedCluster {
  /** The name of that other one. */
  readonly sharedWith: string
  readonly redis?: never
  readonly tcp?: never
  readonly election?: never
  readonly coordinator?: never
}

export type ElectionOptions = AnyElection &
  (RedisBroker | TcpMembers | ExistingElection | ExistingCoordinator | SharedCluster)

/** The options of the module itself. */
export interface OarlockModuleExtras {
  /** The election's name. Default 'default': the election that decorators mean if they name none. */
  readonly name?: string
  /** Its providers are available in every module, without importing this one. Default false. */
  readonly isGlobal?: boolean
}

export type OarlockModuleOptions = OarlockModuleExtras & ElectionOptions

/** A class that makes the options. */
export interface OarlockOptionsFactory {
  createOarlockOptions(): ElectionOptions | Promise<ElectionOptions>
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface OarlockModuleAsyncOptions extends OarlockModuleExtras {
  readonly imports?: NonNullable<DynamicModule['imports']>
  readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[]
  // biome-ignore lint/suspicious/noExplicitAny: the application decides what is injected
  readonly useFactory?: (...args: any[]) => ElectionOptions | Promise<ElectionOptions>
  readonly useClass?: Type<OarlockOptionsFactory>
  readonly useExisting?: InjectionToken<OarlockOptionsFactory>
  readonly extraProviders?: readonly Provider[]
}

/**
 * The options of an election by another name. It takes the others from `forRoot`. Over Redis it is a cluster
 * of its own, under `prefix:name`. Else it is an election by its name on the cluster of `forRoot`: of its `tcp`, its
 * member or its `coordinator`.
 */
export type FeatureOptions = AnyElection &
  (Partial<RedisBroker> | TcpMembers | ExistingElection | ExistingCoordinator)

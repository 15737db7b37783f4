// What an election is made of: who its instances are and how they find one another, and what the application wants of it.
import type { DynamicModule, InjectionToken, OptionalFactoryDependency, Provider, Type } from '@nestjs/common'
import type { Election, LeaderInfo, MemberOptions } from 'oarlock'

/** A call of a `@LeaderOnly({ otherwise: 'forward' })` method on an instance that does not lead. */
export interface ForwardedCall {
  readonly election: string
  /** The class and the method, by their names. */
  readonly target: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** Carries the call out on the leader, by whatever means the instances have to reach one another. */
export type Forward = (leader: LeaderInfo, call: ForwardedCall) => Promise<unknown>

interface AnyElection {
  /** How long shutdown waits for leader work before it hands leadership over, in ms. Default 5000. */
  readonly drainTimeout?: number
  /** Needed by `@LeaderOnly({ otherwise: 'forward' })`. */
  readonly forward?: Forward
}

/** Instances that know nothing of one another but a Redis and a prefix. Needs the package `@oarlock/redis`. */
export interface RedisBroker {
  /** A URL, ioredis options, or an existing ioredis or node-redis client (which is duplicated, and stays yours). */
  readonly redis: string | object
  /** Of the keys and channels. Who shares Redis and prefix elects one leader. Default 'oarlock'. */
  readonly prefix?: string
  /** This instance's name, for people. Default: the host's. */
  readonly instanceName?: string
  /** How many instances found the cluster together. Default: the first one founds it. */
  readonly expected?: number
  /** The shortest time without a leader before an election, in ms. The same on every instance. Default 400. */
  readonly electionTimeout?: number
  /** How long a silent instance remains a member, in ms. Default 10 × electionTimeout. */
  readonly forgetAfter?: number
  /** How long there has to be no leader before the cluster is given up for a new one, in ms. */
  readonly generationTimeout?: number
  /** Authenticates the instances' messages: who can PUBLISH but does not know it has no say. The same on every instance. */
  readonly secret?: string
  /** Who leads rather, where several could: a whole number from 0 to 100. Default 1. */
  readonly priority?: number
  readonly tcp?: never
  readonly election?: never
}

/** Members with addresses and a disk, without a broker: what `join` of `oarlock` takes. They elect, and replicate nothing. */
export interface TcpMembers {
  readonly tcp: Omit<
    MemberOptions<never, never>,
    'shutdownSignals' | 'drainTimeout' | 'proposeTimeout' | 'purpose' | 'machine' | 'codec'
  >
  readonly redis?: never
  readonly election?: never
}

/** A member that you have made, or any other Election. The module closes it when the application shuts down. */
export interface ExistingElection {
  readonly election: Election
  readonly redis?: never
  readonly tcp?: never
}

export type ElectionOptions = AnyElection & (RedisBroker | TcpMembers | ExistingElection)

/** What a module by itself is told. */
export interface OarlockModuleExtras {
  /** The election's name. Default 'default': what is injected, and decorated, where no name is given. */
  readonly name?: string
  /** Its providers are there for every module without importing this one. Default false. */
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
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is the application's
  readonly useFactory?: (...args: any[]) => ElectionOptions | Promise<ElectionOptions>
  readonly useClass?: Type<OarlockOptionsFactory>
  readonly useExisting?: InjectionToken<OarlockOptionsFactory>
  readonly extraProviders?: readonly Provider[]
}

/**
 * What an election by another name has of its own; the rest is as in `forRoot`. Over Redis it is a cluster of its own, under
 * `prefix:name`. Members over TCP, and an existing election, cannot be shared: give it one of its own.
 */
export type FeatureOptions = AnyElection & (Partial<RedisBroker> | TcpMembers | ExistingElection)

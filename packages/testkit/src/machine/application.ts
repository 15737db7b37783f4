// A user's state machine as it is handed to the simulator, with commands for it and checks of it. Replicas
// that apply the same log compute the same states and the same results (thesis chapter 2).
import type { Index, Millis, Term } from '@oarlock/core'
import type { Random } from '../world/index.ts'
import { assertSynchronous } from './machine-error.ts'

export interface ApplyContext {
  readonly index: Index
  readonly term: Term
  /** See the ApplyContext of `@oarlock/runtime`. */
  readonly leaderTime: Millis
}

/**
 * A state machine that the simulator can run. Everything is synchronous and deterministic: no clock, no
 * randomness, no I/O, and no dependence on the order of a Map that two replicas may have filled in different
 * orders.
 */
export interface SimulatedMachine<
  Command = unknown,
  Result = unknown,
  State = unknown,
  Query = unknown,
  Answer = unknown,
> {
  /**
   * Gets the same commands in the same order on every replica. A failure is a result; an exception is a bug.
   */
  apply(command: Command, context: ApplyContext): Result
  /** Must not change the state. */
  query?(query: Query): Answer
  /** The whole state as it is now. Later commands must not change it. */
  snapshot(): State
  /** Replaces the whole state. It must not change the snapshot, which other replicas may be given too. */
  restore(state: State): void
}

export interface CommandCodec<Command> {
  encode(command: Command): Uint8Array
  decode(bytes: Uint8Array): Command
}

export type CommandOf<M extends SimulatedMachine> = Parameters<M['apply']>[0]
export type QueryOf<M extends SimulatedMachine> = M extends { query(query: infer Query): unknown }
  ? Query
  : unknown

/**
 * A state machine under test, for `simulate`. Clients propose its commands, and some retry them under
 * sessions, while members crash, replay the log and catch up by snapshots.
 * `invariants/state-machine-safety.ts` says what is compared.
 */
export interface Application<M extends SimulatedMachine = SimulatedMachine> {
  /**
   * Makes a new, empty machine, for every replica and for every start of a process. Machines must share
   * nothing.
   */
  machine(): M
  /** A command that a client proposes. Draw from `random` only, so that the run is a function of its seed. */
  commands(random: Random): CommandOf<M>
  /** A query that a client asks, if the machine answers queries. */
  queries?(random: Random): QueryOf<M>
  /** Called after every command on every replica. Throw if something is wrong. */
  check?(machine: M): void
  /** The text by which states are compared. Default: everything in `snapshot()`, in its order. */
  digest?(machine: M): string
  /** How a command is stored in the log. Default: JSON. */
  readonly codec?: CommandCodec<CommandOf<M>>
}

/** The application in these options, or null. Throws a RangeError if half of it is missing. */
export function applicationOf(options: Partial<Application>): Application | null {
  const { machine, commands, queries } = options
  if (machine === undefined && commands === undefined) return null
  if (machine === undefined || commands === undefined)
    throw new RangeError('machine and commands must be given together')
  return {
    ...options,
    machine,
    commands: (random) => assertSynchronous('commands', commands(random)),
    ...(queries === undefined ? {} : { queries: (random) => assertSynchronous('queries', queries(random)) }),
  }
}

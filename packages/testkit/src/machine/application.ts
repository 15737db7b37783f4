// What runs on the replicated log, as its author hands it to the simulator: a state machine, commands for it, and what must
// always be true of it (replicated state machines, thesis chapter 2: replicas that apply the same log compute the same states and the same results).
import type { Index, Term } from '@oarlock/core'
import type { Random } from '../world/index.ts'
import { settled } from './machine-error.ts'

export interface ApplyContext {
  readonly index: Index
  readonly term: Term
}

/**
 * A state machine as the simulator runs it. Everything is synchronous and deterministic: no clock, no randomness, no I/O, and
 * nothing that depends on the order of a Map which two replicas may have filled in another order.
 */
export interface SimulatedMachine<
  Command = unknown,
  Result = unknown,
  State = unknown,
  Query = unknown,
  Answer = unknown,
> {
  /** The same commands in the same order on every replica. A failure is a result; an exception is a bug. */
  apply(command: Command, context: ApplyContext): Result
  /** Reads, and changes nothing. */
  query?(query: Query): Answer
  /** All of the state, as it is now: what is applied later must not change it. */
  snapshot(): State
  /** Replaces all of the state, and leaves the snapshot as it is: others may be given the same one. */
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
 * A state machine under test. Hand it to `simulate` beside the seed: clients propose its commands, some retry them under
 * sessions, members crash, catch up by snapshots and replay; see `invariants/state-machine-safety.ts` for what is compared.
 */
export interface Application<M extends SimulatedMachine = SimulatedMachine> {
  /** A new one, empty: one for every replica, and again whenever a process starts. They must share nothing. */
  machine(): M
  /** What a client proposes. Draw from `random` only, and the run is a function of its seed. */
  commands(random: Random): CommandOf<M>
  /** What a client asks, where the machine answers queries. */
  queries?(random: Random): QueryOf<M>
  /** Looked at after every command on every replica: throw if it is not as it should be. */
  check?(machine: M): void
  /** By which states are compared. Default: everything in `snapshot()`, in its order. */
  digest?(machine: M): string
  /** How a command lies in the log. Default: JSON. */
  readonly codec?: CommandCodec<CommandOf<M>>
}

/** Of options that may bring one; null: they do not. Throws a RangeError for half of one, and a MachineError for one that is none. */
export function applicationOf(options: Partial<Application>): Application | null {
  const { machine, commands, queries } = options
  if (machine === undefined && commands === undefined) return null
  if (machine === undefined || commands === undefined)
    throw new RangeError('a state machine and commands for it come together')
  return {
    ...options,
    machine,
    commands: (random) => settled('commands', commands(random)),
    ...(queries === undefined ? {} : { queries: (random) => settled('queries', queries(random)) }),
  }
}

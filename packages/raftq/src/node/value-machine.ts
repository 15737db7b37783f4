// The state machine. It holds the replicated value, the last write of each session (thesis §6.3), whether a
// value was ever acknowledged, and whether the cluster is dissolved.
import type { Entry } from '@oarlock/core'
import {
  anything,
  bytesOf,
  count,
  flag,
  type Json,
  list,
  object,
  only,
  orNull,
  text,
  textOf,
  tuple,
} from '../json/index.ts'

/**
 * A write. Session, start and number identify it, so it takes effect once, however often it is in the log.
 */
export interface SetCommand {
  readonly type: 'set'
  readonly session: string
  /** Counts the proposer's starts. */
  readonly start: number
  /** Counts its writes since that start. */
  readonly number: number
  readonly value: Json
}

/** Dissolves the cluster in favour of another one, unless it has acknowledged a value. */
export interface DissolveCommand {
  readonly type: 'dissolve'
  readonly into: string
}

export type Command = SetCommand | DissolveCommand

/** The number of sessions that are remembered. The one that wrote longest ago is forgotten first. */
const maxSessions = 128

type Session = readonly [session: string, start: number, number: number]

/** Immutable, so a snapshot is the state itself. */
type State = {
  readonly value: Json
  readonly acknowledged: boolean
  readonly dissolvedInto: string | null
  readonly sessions: readonly Session[]
}

const state = object<State>({
  value: anything,
  acknowledged: flag,
  dissolvedInto: orNull(text),
  sessions: list(tuple<Session>(text, count, count)),
})

export class ValueMachine {
  #state: State = { value: {}, acknowledged: false, dissolvedInto: null, sessions: [] }

  get value(): Json {
    return this.#state.value
  }

  /** A value was ever acknowledged. */
  get acknowledged(): boolean {
    return this.#state.acknowledged
  }

  /** The cluster is dissolved in favour of this one, and accepts no further command. */
  get dissolvedInto(): string | null {
    return this.#state.dissolvedInto
  }

  apply({ type, data }: Pick<Entry, 'type' | 'data'>): void {
    if (type === 'configuration' || data.length === 0) return
    const command = readCommand(data)
    if (command === null || this.dissolvedInto !== null) return
    if (command.type === 'set') this.#set(command)
    else if (!this.acknowledged) this.#state = { ...this.#state, dissolvedInto: command.into }
  }

  /** A write that a later one of the same session has overtaken counts as overwritten, so it is skipped. */
  #set({ session, start, number, value }: SetCommand): void {
    if (this.holds(session, start, number)) return
    const others = this.#state.sessions.filter(([each]) => each !== session)
    const sessions = [...others, [session, start, number] as const].slice(-maxSessions)
    this.#state = { ...this.#state, value, acknowledged: true, sessions }
  }

  /** Whether this write, or a later one of the same session, has been applied. */
  holds(session: string, start: number, number: number): boolean {
    const known = this.#state.sessions.find(([each]) => each === session)
    if (known === undefined) return false
    return start < known[1] || (start === known[1] && number <= known[2])
  }

  snapshot(): Json {
    return this.#state
  }

  /** Throws DamagedError and changes nothing if the JSON is not a snapshot. */
  restore(json: unknown): void {
    this.#state = state(json, 'state')
  }
}

const dissolve = object<DissolveCommand>({ type: only('dissolve'), into: text })
const set = object<SetCommand>({
  type: only('set'),
  session: text,
  start: count,
  number: count,
  value: anything,
})

/** Null for a damaged command. Every member skips it, so it cannot stop them all. */
function readCommand(data: Uint8Array): Command | null {
  try {
    const json = JSON.parse(textOf(data))
    return (json.type === 'set' ? set : dissolve)(json, '')
  } catch {
    return null
  }
}

export const encodeCommand = (command: Command): Uint8Array => bytesOf(JSON.stringify(command))

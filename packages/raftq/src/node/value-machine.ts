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

export class ValueMachine {
  value: Json = {}
  acknowledged = false
  /** The cluster is dissolved in favour of this one, and accepts no further command. */
  dissolvedInto: string | null = null
  #sessions: readonly Session[] = []

  apply({ type, data }: Pick<Entry, 'type' | 'data'>): void {
    if (type === 'configuration' || data.length === 0) return
    const command = readCommand(data)
    if (command === null || this.dissolvedInto !== null) return
    if (command.type === 'set') this.#set(command)
    else if (!this.acknowledged) this.dissolvedInto = command.into
  }

  /** A write that a later one of the same session has overtaken counts as overwritten, so it is skipped. */
  #set({ session, start, number, value }: SetCommand): void {
    if (this.holds(session, start, number)) return
    const others = this.#sessions.filter(([each]) => each !== session)
    this.#sessions = [...others, [session, start, number] as const].slice(-maxSessions)
    this.value = value
    this.acknowledged = true
  }

  /** Whether this write, or a later one of the same session, has been applied. */
  holds(session: string, start: number, number: number): boolean {
    const known = this.#sessions.find(([each]) => each === session)
    if (known === undefined) return false
    return start < known[1] || (start === known[1] && number <= known[2])
  }

  snapshot(): Json {
    const { value, acknowledged, dissolvedInto } = this
    return { value, acknowledged, dissolvedInto, sessions: this.#sessions as readonly Json[] }
  }

  /** Throws DamagedError and changes nothing if the JSON is not a snapshot. */
  restore(json: unknown): void {
    const { value, acknowledged, dissolvedInto, sessions } = state(json, 'state')
    this.value = value
    this.acknowledged = acknowledged
    this.dissolvedInto = dissolvedInto
    this.#sessions = sessions
  }
}

const state = object<{
  value: Json
  acknowledged: boolean
  dissolvedInto: string | null
  sessions: readonly Session[]
}>({
  value: anything,
  acknowledged: flag,
  dissolvedInto: orNull(text),
  sessions: list(tuple<Session>(text, count, count)),
})

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

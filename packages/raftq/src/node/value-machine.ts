// The replicated state: one value. And what the log must know besides, the same at every member: whose writes are in it already, whether
// a value was ever acknowledged, and whether the cluster gave itself up.
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
  places,
  text,
  textOf,
} from '../json/index.ts'

/** A write, named by its proposer's session and number, so that it counts once however often it is in the log. */
export interface SetCommand {
  readonly type: 'set'
  readonly session: string
  /** Of the proposer's starts, and of its writes since. */
  readonly start: number
  readonly number: number
  readonly value: Json
}

/** Gives the cluster up for another one, if it has acknowledged nothing. */
export interface DissolveCommand {
  readonly type: 'dissolve'
  readonly into: string
}

export type Command = SetCommand | DissolveCommand

/** As many proposers are remembered; the one that wrote longest ago is forgotten first. */
const maxSessions = 128

type Session = readonly [session: string, start: number, number: number]

export class ValueMachine {
  value: Json = {}
  acknowledged = false
  /** The cluster is given up for this one; nothing is taken in any more. */
  dissolvedInto: string | null = null
  #sessions: readonly Session[] = []

  apply({ type, data }: Pick<Entry, 'type' | 'data'>): void {
    if (type === 'configuration' || data.length === 0) return
    const command = readCommand(data)
    if (command === null || this.dissolvedInto !== null) return
    if (command.type === 'set') this.#set(command)
    else if (!this.acknowledged) this.dissolvedInto = command.into
  }

  /** A write that a later one of the same proposer has overtaken is as good as overwritten by it. */
  #set({ session, start, number, value }: SetCommand): void {
    if (this.holds(session, start, number)) return
    const others = this.#sessions.filter(([each]) => each !== session)
    this.#sessions = [...others, [session, start, number] as const].slice(-maxSessions)
    this.value = value
    this.acknowledged = true
  }

  /** Is this write, or a later one of the same proposer, in the state? */
  holds(session: string, start: number, number: number): boolean {
    const known = this.#sessions.find(([each]) => each === session)
    if (known === undefined) return false
    return start < known[1] || (start === known[1] && number <= known[2])
  }

  snapshot(): Json {
    const { value, acknowledged, dissolvedInto } = this
    return { value, acknowledged, dissolvedInto, sessions: this.#sessions as readonly Json[] }
  }

  /** Throws DamagedError, and changes nothing, for what is no snapshot. */
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
  sessions: list(places<Session>(text, count, count)),
})

const dissolve = object<DissolveCommand>({ type: only('dissolve'), into: text })
const set = object<SetCommand>({
  type: only('set'),
  session: text,
  start: count,
  number: count,
  value: anything,
})

/** Null, at every member alike, for what is no command: a damaged one must not stop them all. */
function readCommand(data: Uint8Array): Command | null {
  try {
    const json = JSON.parse(textOf(data))
    return (json.type === 'set' ? set : dissolve)(json, '')
  } catch {
    return null
  }
}

export const encodeCommand = (command: Command): Uint8Array => bytesOf(JSON.stringify(command))

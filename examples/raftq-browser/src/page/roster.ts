// Which nodes there are, and how they are doing, as the tabs tell one another a few times a second.
import type { Reign } from './reigns.ts'

export type Role = 'leader' | 'follower' | 'candidate'

export interface Status {
  /** The node, and the tab that runs it: of the same name, unless the node's own tab is gone. */
  readonly id: string
  readonly host: string
  readonly role: Role
  readonly term: number
  /** The last time that it led. */
  readonly reign: Reign | null
}

export interface Entry extends Status {
  readonly heardAt: number
  /** Its tab is gone: another one runs it, or soon will. */
  readonly gone: boolean
}

/** Milliseconds: whoever says nothing for so long is stalled, or gone. */
const patience = 2000

export class Roster {
  readonly #entries: Map<string, Entry> = new Map()

  get all(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Returns whether it is new. */
  hear(status: Status, now: number): boolean {
    const isNew = !this.#entries.has(status.id)
    this.#entries.set(status.id, { ...status, heardAt: now, gone: status.host !== status.id })
    return isNew
  }

  /** Its tab is gone. */
  lose(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) this.#entries.set(id, { ...entry, gone: true })
  }

  /** Its tab is gone, and nobody runs it. */
  isGone(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry?.gone === true && entry.host === id
  }

  /** It is a member no more. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  static isSilent({ heardAt }: Entry, now: number): boolean {
    return now - heardAt > patience
  }
}

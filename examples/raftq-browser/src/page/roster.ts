// The known nodes and their states, as the tabs tell one another several times a second.
import type { Leadership } from './leaderships.ts'

export type Role = 'leader' | 'follower' | 'candidate'

export interface Status {
  /** The node. */
  readonly id: string
  /** The tab that runs the node. It has the node's name, unless the node's own tab is gone. */
  readonly host: string
  readonly role: Role
  readonly term: number
  /** The node's last leadership. */
  readonly leadership: Leadership | null
}

export interface Entry extends Status {
  readonly heardAt: number
  /** The node's tab is gone, so another tab runs the node or soon will. */
  readonly gone: boolean
}

/** Milliseconds after which a silent tab counts as stalled or gone. */
const patience = 2000

export class Roster {
  readonly #entries: Map<string, Entry> = new Map()

  get all(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Returns whether the node is new. */
  hear(status: Status, now: number): boolean {
    const isNew = !this.#entries.has(status.id)
    this.#entries.set(status.id, { ...status, heardAt: now, gone: status.host !== status.id })
    return isNew
  }

  /** The node's tab is gone. */
  lose(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) this.#entries.set(id, { ...entry, gone: true })
  }

  /** The node's tab is gone, and no other tab runs the node. */
  isGone(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry?.gone === true && entry.host === id
  }

  /** The node is no longer a member. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  static isSilent({ heardAt }: Entry, now: number): boolean {
    return now - heardAt > patience
  }
}

// A tab, as long as its page exists. When the browser freezes it or puts it into the back/forward cache, its
// part in the cluster ends, and another tab restarts its node. When the tab goes on, it takes part again.
import { documentIds } from './documents.ts'
import { Leaderships } from './leaderships.ts'
import { hold } from './locks.ts'
import { mintName } from './names.ts'
import type { Node, Value } from './node.ts'
import { Participation, type ParticipationListener } from './participation.ts'
import type { Entry } from './roster.ts'

/** Milliseconds that a tab waits for the name it had. A reloaded tab gets it, a duplicated one does not. */
const namePatience = 400

export class Tab {
  readonly leaderships: Leaderships = new Leaderships()
  readonly #listener: ParticipationListener
  #end: AbortController | null = null
  #participation: Participation | null = null

  constructor(listener: ParticipationListener) {
    this.#listener = listener
  }

  async start(): Promise<void> {
    if (this.#end !== null) return
    this.#end = new AbortController()
    const signal = this.#end.signal
    const id = await claimName(await documentIds(), signal)
    if (id === null || signal.aborted) return
    this.#participation = new Participation({
      id,
      signal,
      leaderships: this.leaderships,
      listener: this.#listener,
    })
    await this.#participation.begin()
  }

  /** The tab is being closed. Messages that are sent now still arrive; then the browser releases the lock. */
  close(): void {
    this.#participation?.transfer()
    this.#participation?.announceClosed()
  }

  /** Falls silent at once, so other tabs may restart the node. */
  stop(): void {
    this.#participation?.announceClosed()
    this.#end?.abort()
    this.#end = null
    this.#participation = null
    this.#listener.changed()
  }

  /** The name of this tab, or null until it has one. */
  get id(): string | null {
    return this.#participation?.id ?? null
  }

  get node(): Node | null {
    return this.#participation?.node ?? null
  }

  /** The leader, as far as this tab knows. */
  get leader(): string | null {
    return this.#participation?.leader ?? null
  }

  get value(): Value | null {
    return this.node?.value ?? null
  }

  get entries(): readonly Entry[] {
    return this.#participation?.roster.all ?? []
  }

  /** Resolves when the value is committed. */
  async set(text: string): Promise<void> {
    if (this.node === null) throw new Error('this tab has not started yet')
    await this.node.set(text)
  }
}

/**
 * The name that this tab had before, or a new one if another tab has that: this tab is its duplicate. Null
 * after an abort.
 */
async function claimName(taken: readonly string[], signal: AbortSignal): Promise<string | null> {
  const claim = (name: string) => hold(name, signal, AbortSignal.timeout(namePatience))
  const before = sessionStorage.getItem('name')
  if (before !== null && (await claim(before)) !== null) return before
  for (const tried = [...taken]; !signal.aborted; ) {
    const name = mintName(tried)
    if ((await claim(name)) !== null) {
      sessionStorage.setItem('name', name)
      return name
    }
    tried.push(name)
  }
  return null
}

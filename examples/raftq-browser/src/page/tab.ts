// A tab, as long as its page is there. When the browser freezes it, or puts it aside for the way back, its life in the cluster is over, and
// another tab sees to its node; when it goes on, it begins another life.
import { documentIds } from './documents.ts'
import { Life, type LifeListener } from './life.ts'
import { hold } from './locks.ts'
import { mintName } from './names.ts'
import type { Node, Value } from './node.ts'
import { Reigns } from './reigns.ts'
import type { Entry } from './roster.ts'

/** Milliseconds that a tab which was loaded anew waits for its name: one that was duplicated will not get it. */
const namePatience = 400

export class Tab {
  readonly reigns: Reigns = new Reigns()
  readonly #listener: LifeListener
  #end: AbortController | null = null
  #life: Life | null = null

  constructor(listener: LifeListener) {
    this.#listener = listener
  }

  async start(): Promise<void> {
    if (this.#end !== null) return
    this.#end = new AbortController()
    const life = this.#end.signal
    const id = await claimName(await documentIds(), life)
    if (id === null || life.aborted) return
    this.#life = new Life({ id, life, reigns: this.reigns, listener: this.#listener })
    await this.#life.begin()
  }

  /** The tab is being closed: what is sent now still arrives. Then the browser gives its lock away. */
  close(): void {
    this.#life?.handOver()
    this.#life?.farewell()
  }

  /** From this moment on nothing is said any more, and other tabs may see to its node. */
  stop(): void {
    this.#life?.farewell()
    this.#end?.abort()
    this.#end = null
    this.#life = null
    this.#listener.changed()
  }

  /** What this tab is called; null until that is known. */
  get id(): string | null {
    return this.#life?.id ?? null
  }

  get node(): Node | null {
    return this.#life?.node ?? null
  }

  /** Who leads, as far as this tab knows. */
  get leader(): string | null {
    return this.#life?.leader ?? null
  }

  get value(): Value | null {
    return this.node?.value ?? null
  }

  get entries(): readonly Entry[] {
    return this.#life?.roster.all ?? []
  }

  /** Resolves when it is committed. */
  async set(text: string): Promise<void> {
    if (this.node === null) throw new Error('this tab has not started yet')
    await this.node.set(text)
  }
}

/** The name that this tab had before it was loaded anew, unless somebody has it: the tab that it is a duplicate of. Null: `life` is over. */
async function claimName(taken: readonly string[], life: AbortSignal): Promise<string | null> {
  const claim = (name: string) => hold(name, life, AbortSignal.timeout(namePatience))
  const before = sessionStorage.getItem('name')
  if (before !== null && (await claim(before)) !== null) return before
  for (const tried = [...taken]; !life.aborted; ) {
    const name = mintName(tried)
    if ((await claim(name)) !== null) {
      sessionStorage.setItem('name', name)
      return name
    }
    tried.push(name)
  }
  return null
}

// What becomes of a node whose tab is gone: closed, crashed, or discarded by the browser. It is a voter still, and a majority of voters
// may be gone. That its tab is gone is certain, for the browser has given its lock away; and its document is here. So another tab brings
// it back, from what it had persisted, as if its machine had come up again: it votes, and when somebody leads it leaves in good order.
import { delay } from './clock.ts'
import { documentIds, type OwnDocument, ownDocument } from './documents.ts'
import { heldIds, hold, holdIfFree } from './locks.ts'
import type { Node } from './node.ts'

/** Milliseconds in which a tab that was only loaded anew comes back by itself. */
const grace = 500

export interface OrphansInit {
  readonly life: AbortSignal
  /** Runs its node in this tab. */
  readonly revive: (id: string, document: OwnDocument, life: AbortSignal) => Promise<Node>
  /** Its tab is gone. It may come back. */
  readonly onLost: (id: string) => void
  /** It is a member no more. */
  readonly onGone: (id: string) => void
}

export class Orphans {
  readonly #init: OrphansInit
  readonly #watched: Set<string> = new Set()

  constructor(init: OrphansInit) {
    this.#init = init
  }

  /** Whose tabs are gone already: brought back before this tab's own node looks around, which would find nobody, and found a cluster. */
  async takeIn(ids: readonly string[]): Promise<void> {
    const held = await heldIds()
    const free = ids.filter((id) => !held.includes(id))
    if (free.length > 0) await delay(grace)
    const taken = await Promise.all(free.map((id) => this.#take(id)))
    for (const id of ids) if (!taken[free.indexOf(id)]) this.watch(id)
  }

  /** From now on somebody sees to it when this tab is gone. */
  watch(id: string): void {
    if (this.#watched.has(id)) return
    this.#watched.add(id)
    this.#watch(id)
  }

  async #watch(id: string): Promise<void> {
    const { life, onLost } = this.#init
    for (;;) {
      // Whoever waits for it gets it in turn, and passes it on: the tab itself may want it back.
      const passing = await hold(id, life)
      if (passing === null) return
      passing.release()
      onLost(id)
      await delay(grace)
      if (life.aborted || (await this.#take(id))) return
    }
  }

  /** False: somebody holds its lock, be it the tab itself or another one that sees to it. */
  async #take(id: string): Promise<boolean> {
    const { life, onGone } = this.#init
    const held = await holdIfFree(id, life)
    if (held === null) return false
    const document = (await documentIds()).includes(id) ? await ownDocument(id, life) : null
    const node = document === null ? null : await this.#revive(id, document)
    const letGo = async (): Promise<void> => {
      await node?.left
      await document?.remove()
      this.#watched.delete(id)
      onGone(id)
      held.release()
    }
    letGo()
    return true
  }

  /** Null for a node that was gone before it had said a word. */
  async #revive(id: string, document: OwnDocument): Promise<Node | null> {
    if (document.content === null) return null
    const { life, revive } = this.#init
    const here = new AbortController()
    const node = await revive(id, document, AbortSignal.any([life, here.signal]))
    node.left.then(() => here.abort())
    return node
  }
}

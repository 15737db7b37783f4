// An orphan is a node whose tab is gone: closed, crashed, or discarded by the browser. It is still a voter,
// and a majority of the voters may be orphans. The browser has released its lock, so the tab is certainly
// gone, and every tab can read its document. So another tab restarts the node from that document, as if its
// machine had come up again. The node votes, and once there is a leader it leaves in good order.
import { delay } from './clock.ts'
import { documentIds, type OwnDocument, ownDocument } from './documents.ts'
import { heldIds, hold, holdIfFree } from './locks.ts'
import type { Node } from './node.ts'

/** Milliseconds within which a reloaded tab comes back by itself. */
const grace = 500

export interface OrphansInit {
  readonly signal: AbortSignal
  /** Runs the node in this tab. */
  readonly restart: (id: string, document: OwnDocument, signal: AbortSignal) => Promise<Node>
  /** The tab of the node is gone. It may come back. */
  readonly onTabGone: (id: string) => void
  /** The node is no longer a member. */
  readonly onRemoved: (id: string) => void
}

export class Orphans {
  readonly #init: OrphansInit
  readonly #watched: Set<string> = new Set()

  constructor(init: OrphansInit) {
    this.#init = init
  }

  /**
   * Restarts the nodes whose tabs are already gone, and watches the others. This comes before this tab's own
   * node starts, since that would hear no other node and bootstrap a cluster.
   */
  async restartGone(ids: readonly string[]): Promise<void> {
    const held = await heldIds()
    const free = ids.filter((id) => !held.includes(id))
    if (free.length > 0) await delay(grace)
    const taken = await Promise.all(free.map((id) => this.#take(id)))
    for (const id of ids) if (!taken[free.indexOf(id)]) this.watch(id)
  }

  /** Restarts the node when its tab is gone, unless another tab does. */
  watch(id: string): void {
    if (this.#watched.has(id)) return
    this.#watched.add(id)
    this.#watch(id)
  }

  async #watch(id: string): Promise<void> {
    const { signal, onTabGone } = this.#init
    for (;;) {
      // The waiting tabs get the lock in turn. Each passes it on, since the tab itself may want it back.
      const passing = await hold(id, signal)
      if (passing === null) return
      passing.release()
      onTabGone(id)
      await delay(grace)
      if (signal.aborted || (await this.#take(id))) return
    }
  }

  /** False if the lock is held, by the tab itself or by another tab that restarts the node. */
  async #take(id: string): Promise<boolean> {
    const { signal, onRemoved } = this.#init
    const held = await holdIfFree(id, signal)
    if (held === null) return false
    const document = (await documentIds()).includes(id) ? await ownDocument(id, signal) : null
    const node = document === null ? null : await this.#restart(id, document)
    const letGo = async (): Promise<void> => {
      await node?.left
      await document?.remove()
      this.#watched.delete(id)
      onRemoved(id)
      held.release()
    }
    letGo()
    return true
  }

  /** Null for a node that was gone before it had persisted anything. */
  async #restart(id: string, document: OwnDocument): Promise<Node | null> {
    if (document.content === null) return null
    const { signal, restart } = this.#init
    const here = new AbortController()
    const node = await restart(id, document, AbortSignal.any([signal, here.signal]))
    node.left.then(() => here.abort())
    return node
  }
}

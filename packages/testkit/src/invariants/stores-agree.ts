// STORE: all members have the store that the committed log makes (ARCHITECTURE.md, "The replicated store").
// Kills K3, X7, store-view, store-section, store-bytes, store-limits.
import type { Index } from '@oarlock/core'
import type { StoreHistory } from '../clients/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class StoresAgree implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #history: StoreHistory

  constructor(nodes: readonly SimNode[], committed: CommittedLog, history: StoreHistory) {
    this.#nodes = nodes
    this.#committed = committed
    this.#history = history
  }

  storeApplied(node: SimNode, index: Index, command: Uint8Array, answer: Uint8Array): void {
    if (!node.up) throw new Violation('STORE', `${node.id} applies ${index} after its end`)
    this.#history.storeApplied(node, index, command, answer)
  }

  ended(): void {
    for (const node of this.#nodes)
      if (node.up && node.machine.index === this.#committed.length) this.#history.checkEqual(node)
  }
}

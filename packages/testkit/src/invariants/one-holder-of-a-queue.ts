// QUEUE: what elections by name and locks are made of. At no instant of true time do two processes hold what only one
// may have, and each holder has a greater fence than all before it (ARCHITECTURE.md, `packages/recipes`). Two would
// hold it from the instant on at which the second one begins.
// Kills store-rate, queue-first.
import type { Contenders } from '../clients/index.ts'
import type { Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class OneHolderOfAQueue implements Watcher {
  constructor(contenders: Contenders) {
    let last = 0
    contenders.onFirst = (node, created) => {
      const other = contenders.holders.find((holder) => holder !== node)
      if (other !== undefined)
        throw new Violation('QUEUE', `${node.id} is first, with fence ${created}, while ${other.id} still is`)
      if (created <= last)
        throw new Violation('QUEUE', `${node.id} is first with fence ${created}, after fence ${last}`)
      last = created
    }
  }
}

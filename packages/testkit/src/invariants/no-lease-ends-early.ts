// EXPIRE: when the leader ends a lease, its holder already knows that it is over, as long as clocks keep pace
// (ARCHITECTURE.md, "The replicated store").
// Kills store-timer, store-fails, store-since, store-rate.
import type { StoreClients, StoreHistory } from '../clients/index.ts'
import type { Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'

export class NoLeaseEndsEarly implements Watcher {
  constructor(world: World, clients: StoreClients, history: StoreHistory) {
    history.onEnded = (ids) => {
      for (const id of ids)
        for (const { node, lease } of clients.holdersOf(id))
          if (lease.held)
            throw new Violation(
              'EXPIRE',
              `lease ${id} ends at ${world.now.toFixed(1)} ms, and ${node.id} holds it for ${(lease.deadline - node.loop.now()).toFixed(1)} ms more`,
            )
    }
  }
}

// The event serviceCrashed. A leader transfers leadership if another node can lead. A node that leaves for
// good (its time is 0) waits until it is no longer a member. Each step takes at most `timeout` ms.
import type { ConditionWaiter } from './condition-waiter.ts'
import type { StartedNode } from './started-node.ts'

/** This node leads, and another voter could lead instead. */
function couldTransfer({ replica }: StartedNode): boolean {
  const view = replica?.view()
  return view?.role === 'leader' && view.configuration.voters.length > 1
}

export async function shutDownGracefully(
  started: StartedNode,
  waiter: ConditionWaiter,
  timeout: number,
): Promise<void> {
  if (couldTransfer(started)) {
    const { replica } = started
    if (replica?.leads && !replica.transferring) replica.step({ type: 'transfer', to: null })
    await waiter.until(() => !couldTransfer(started), timeout)
  }
  if (started.node.time === 0 && started.hasPeers) {
    started.peersChanged()
    await waiter.until(() => started.removed, timeout)
  }
  await waiter.fulfilled(started.flush(), timeout)
}

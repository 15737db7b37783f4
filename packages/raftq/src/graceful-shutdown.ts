// serviceCrashed: a node that goes leads no more where another one can, and, where it leaves for good (its time is 0), waits until it is no
// member. None of that takes longer than `maximumElectionTime`.
import type { Platform } from './node/index.ts'
import type { StartedNode } from './started-node.ts'

/** Waits for what becomes true when something has changed, but not for ever. */
export class Waiters {
  readonly #platform: Platform
  readonly #looks: Set<() => void> = new Set()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** Resolves when it holds, or after `ms`. */
  until(holds: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        this.#looks.delete(look)
        resolve()
      }
      const cancel = this.#platform.setTimer(end, ms)
      const look = (): void => {
        if (holds()) end()
      }
      this.#looks.add(look)
      look()
    })
  }

  /** Resolves when everything is durable, or after `ms`. */
  flushed(started: StartedNode, ms: number): Promise<void> {
    let done = false
    started.flush().then(() => {
      done = true
      this.changed()
    })
    return this.until(() => done, ms)
  }

  /** Something has changed. */
  changed(): void {
    for (const look of this.#looks) look()
  }
}

/** It leads others, one of whom could lead as well. */
function leadsOthers({ member }: StartedNode): boolean {
  const view = member?.view()
  return view?.role === 'leader' && view.configuration.voters.length > 1
}

export async function shutDownGracefully(
  started: StartedNode,
  waiters: Waiters,
  atMost: number,
): Promise<void> {
  if (leadsOthers(started)) {
    const { member } = started
    if (member?.leads && !member.transferring) member.transfer(null)
    await waiters.until(() => !leadsOthers(started), atMost)
  }
  if (started.node.time === 0 && started.hasOthers) {
    started.peersChanged()
    await waiters.until(() => started.leftForGood, atMost)
  }
  await waiters.flushed(started, atMost)
}

// BOUND: of the appends to one member no more are on the way than its window allows, in messages and in bytes (thesis
// §10.2.2), and none is still counted that the member has acknowledged. A window that leaks closes for ever, one that is
// not kept floods the member. Looked at now and then only: asking a core for its view takes long.
// No listed mutant: it fires where a window takes one message too many, does not count bytes, or keeps what was
// acknowledged.
import type { Envelope, RaftConfig } from '@oarlock/core'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

const EVERY = 8

export class WindowsBounded implements Watcher {
  readonly #config: Pick<RaftConfig, 'maxInflightMessages' | 'maxInflightBytes' | 'maxMessageBytes'>
  #appends = 0

  constructor(config: Pick<RaftConfig, 'maxInflightMessages' | 'maxInflightBytes' | 'maxMessageBytes'>) {
    this.#config = config
  }

  leaving(node: SimNode, { message }: Envelope): void {
    if (message.type !== 'append' || message.entries.length === 0 || node.raft.role !== 'leader') return
    if (++this.#appends % EVERY === 0) this.#look(node)
  }

  #look(node: SimNode): void {
    const { maxInflightMessages, maxInflightBytes } = this.#config
    for (const [member, { state, match, next, inflight }] of node.raft.inspect().progress) {
      if (member === node.id) continue
      // In `replicate` all that was sent and is not acknowledged is on the way, at least one entry a message.
      const most = state === 'replicate' ? Math.min(maxInflightMessages, next - 1 - match) : 0
      if (inflight > most)
        throw new Violation(
          'BOUND',
          `${node.id} counts ${inflight} appends on the way to ${member} (${state}, match ${match}, next ${next}); there can be ${most}`,
        )
      if (state === 'replicate' && maxInflightBytes > 0) this.#compareBytes(node, member, match, next)
    }
  }

  /** The last message may be larger than what was left. */
  #compareBytes({ id, log }: SimNode, member: string, match: number, next: number): void {
    const { maxInflightBytes, maxMessageBytes } = this.#config
    let bytes = 0
    let largest = 0
    for (let at = match + 1; at < next; at++) {
      const size = log.at(at)?.data.length ?? 0
      bytes += size
      largest = Math.max(largest, size)
    }
    const most = maxInflightBytes + Math.max(maxMessageBytes, largest)
    if (bytes > most)
      throw new Violation(
        'BOUND',
        `${id} has ${bytes} bytes on the way to ${member}; its window is ${maxInflightBytes}, and a message`,
      )
  }
}

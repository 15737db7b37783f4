// When an entry is committed the leader tells its followers, by an append without entries. Under load the next append with
// entries, which tells them too, follows within a turn: so such a notice waits that long, and goes only if it is still news.
import type { Envelope, NodeId } from '@oarlock/core'

const isNotice = ({ message }: Envelope): boolean => message.type === 'append' && message.entries.length === 0

export class CommitNotices {
  #held: Map<NodeId, Envelope> = new Map()
  #due: Map<NodeId, Envelope> = new Map()

  get any(): boolean {
    return this.#held.size > 0 || this.#due.size > 0
  }

  /** What is to be sent now. An append to a member overtakes the notice that waits for it: it says as much, or more. */
  holdBack(envelopes: readonly Envelope[]): readonly Envelope[] {
    if (!envelopes.some(({ message }) => message.type === 'append')) return envelopes
    const now: Envelope[] = []
    for (const envelope of envelopes) {
      if (envelope.message.type === 'append') {
        this.#held.delete(envelope.to)
        this.#due.delete(envelope.to)
      }
      if (isNotice(envelope)) this.#held.set(envelope.to, envelope)
      else now.push(envelope)
    }
    return now
  }

  /** A turn is over: what has waited for a whole one is to be sent. */
  endTurn(): readonly Envelope[] {
    const due = [...this.#due.values()]
    this.#due = this.#held
    this.#held = new Map()
    return due
  }
}

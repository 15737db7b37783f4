// The leader tells its followers that an entry is committed by an append without entries. Under load the next append with
// entries says the same and follows within a turn. So such a notice is held back for one turn, and sent only if it still
// tells anything new.
import type { Envelope, NodeId } from '@oarlock/core'

const isNotice = ({ message }: Envelope): boolean => message.type === 'append' && message.entries.length === 0

export class CommitNotices {
  #held: Map<NodeId, Envelope> = new Map()
  #due: Map<NodeId, Envelope> = new Map()

  get any(): boolean {
    return this.#held.size > 0 || this.#due.size > 0
  }

  /** Returns the envelopes to send now. An append to a member replaces the notice held back for it: it says as much, or more. */
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

  /** A turn is over. Returns the notices that have been held back for a whole one, to be sent now. */
  endTurn(): readonly Envelope[] {
    const due = [...this.#due.values()]
    this.#due = this.#held
    this.#held = new Map()
    return due
  }
}

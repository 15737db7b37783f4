// CALM: whoever asks whether it would be elected, and whoever is asked, stays in its term (thesis §9.6): pre-vote exists so
// that nobody is disturbed by a candidate that cannot win.
// Kills P1.
import type { Event, Term } from '@oarlock/core'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class AskingChangesNothing implements Watcher {
  /** Per node, after the event before this one. */
  readonly #terms: Term[] = []

  started({ place, raft }: SimNode): void {
    this.#terms[place] = raft.term
  }

  stepped({ id, place, raft }: SimNode, event: Event): void {
    const { term, role } = raft
    const before = this.#terms[place]!
    if (term === before) return
    this.#terms[place] = term
    const asked = event.type === 'receive' && event.message.type === 'preVote'
    const asks = role === 'preCandidate' && (event.type === 'tick' || event.type === 'campaign')
    if (asked || asks)
      throw new Violation(
        'CALM',
        `${id} ${asks ? 'asks' : 'is asked'} for a pre-vote, and goes from term ${before} to ${term}`,
      )
  }
}

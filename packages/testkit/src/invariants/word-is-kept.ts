// MON: a node remembers after a restart what it has told others: its vote, the term in which it spoke as a
// leader, the entries that it acknowledged (paper §5.1, figure 2: persistent state; thesis §3.8). A forgotten
// vote may be cast again, which ES sees only when both candidates win by it.
// Kills E1, E15, W9.
import type { Envelope, NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

/** What a node has promised in the last term in which it promised anything. */
interface Word {
  readonly term: number
  vote: NodeId | null
  acknowledged: number
}

export class WordIsKept implements Watcher {
  readonly #words: (Word | undefined)[] = []
  /** Per node: the candidates that it voted for, by term. */
  readonly #votes: Map<number, NodeId>[] = []

  leaving(node: SimNode, { to, message }: Envelope): void {
    const { place } = node
    if (message.type === 'voteResponse') {
      if (!message.granted) return
      this.#of(place, message.term).vote = to
      this.#voted(node, message.term, to)
    } else if (message.type === 'appendResponse') {
      if (message.rejected) return
      const word = this.#of(place, message.term)
      if (message.index > word.acknowledged) word.acknowledged = message.index
    } else if (message.type === 'append' || message.type === 'heartbeat') this.#of(place, message.term)
  }

  /** It comes back as another member. */
  lostDisk({ place }: SimNode): void {
    this.#words[place] = undefined
    this.#votes[place] = new Map()
  }

  started({ id, place, disk, log }: SimNode): void {
    const word = this.#words[place]
    const { term, vote } = disk.hardState
    if (word === undefined || word.term < term) return
    if (term < word.term)
      throw new Violation('MON', `${id} has spoken in term ${word.term} but starts in term ${term}`)
    if (word.vote !== null && vote !== word.vote)
      throw new Violation(
        'MON',
        `${id} has voted for ${word.vote} in term ${term} but starts with ${vote === null ? 'no vote' : `a vote for ${vote}`}`,
      )
    if (log.lastIndex < word.acknowledged)
      throw new Violation(
        'MON',
        `${id} has acknowledged ${word.acknowledged} in term ${term} but starts with entries up to ${log.lastIndex}`,
      )
  }

  #voted({ id, place }: SimNode, term: number, candidate: NodeId): void {
    this.#votes[place] ??= new Map()
    const before = this.#votes[place].get(term)
    if (before !== undefined && before !== candidate)
      throw new Violation(
        'MON',
        `${id} votes for ${candidate} in term ${term} but voted for ${before} before`,
      )
    this.#votes[place].set(term, candidate)
  }

  /** A late message of an earlier term does not bind the node. */
  #of(place: number, term: number): Word {
    const known = this.#words[place]
    if (known !== undefined && known.term === term) return known
    const word: Word = { term, vote: null, acknowledged: 0 }
    if (known === undefined || known.term < term) this.#words[place] = word
    return word
  }
}

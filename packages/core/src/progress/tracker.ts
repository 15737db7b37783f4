// The progress of every member, as a leader sees it (paper figure 2: nextIndex[] and matchIndex[]).
import { membersOf } from '../membership/index.ts'
import { type Configuration, type Index, index, type NodeId } from '../types.ts'
import { Progress } from './progress.ts'

/** What Progress needs of the settings. */
interface Window {
  readonly maxInflightMessages: number
  readonly maxInflightBytes: number
}

export class ProgressTracker extends Map<NodeId, Progress> {
  readonly #window: Window

  constructor(window: Window) {
    super()
    this.#window = window
  }

  /**
   * At the beginning of a term: nothing is known of others, and the node itself holds everything up to
   * `last`.
   */
  reset(configuration: Configuration, self: NodeId, last: Index): void {
    this.clear()
    for (const member of membersOf(configuration))
      this.#add(member, member === self ? last : index(0), index(last + 1))
  }

  /** Another configuration is in force: new members are probed, removed ones forgotten. */
  matchTo(configuration: Configuration, last: Index): void {
    const members = membersOf(configuration)
    for (const member of [...this.keys()]) if (!members.includes(member)) this.delete(member)
    for (const member of members) {
      if (this.has(member)) continue
      // Probing begins at the last entry: an empty member refuses with a hint. It counts as active, so that
      // the quorum check gives it time to answer.
      this.#add(member, index(0), index(Math.max(last, 1))).recentActive = true
    }
  }

  #add(member: NodeId, match: Index, next: Index): Progress {
    const progress = new Progress({ match, next, ...this.#window })
    this.set(member, progress)
    return progress
  }

  /** The last index that each of these is known to hold, at most `last`. */
  heldBy(voters: readonly NodeId[], last: Index): Index {
    let least = last
    for (const voter of voters) {
      const match = this.get(voter)?.match ?? index(0)
      if (match < least) least = match
    }
    return least
  }
}

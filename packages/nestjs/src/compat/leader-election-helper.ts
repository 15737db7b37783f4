// What the older module's applications ask.
import type { LeaderElectionService } from '../election/service.ts'

export class LeaderElectionHelper {
  readonly #service: LeaderElectionService

  constructor(service: LeaderElectionService) {
    this.#service = service
  }

  /**
   * Does this instance lead, at this moment? Never true of two instances at once; false as soon as the lease has ended that Redis
   * and a majority of the instances uphold, and after the application has closed.
   */
  async isLeader(): Promise<boolean> {
    return this.#service.held
  }

  /** Is no leader known here? Then an election is under way, or cannot be held: Redis or a majority of the instances is away. */
  async isInElection(): Promise<boolean> {
    return this.#service.leader === null
  }
}

// The older module's helper.
import type { LeaderElectionService } from '../election/index.ts'

export class LeaderElectionHelper {
  readonly #service: LeaderElectionService

  constructor(service: LeaderElectionService) {
    this.#service = service
  }

  /**
   * Does this instance lead at this moment? Never true on two instances at once. False as soon as its lease
   * has ended, which needs Redis and a majority of the instances, and after the application has closed.
   */
  async isLeader(): Promise<boolean> {
    return this.#service.held
  }

  /**
   * Is no leader known here? Then an election is under way, or is impossible without Redis or a majority of
   * the instances.
   */
  async isInElection(): Promise<boolean> {
    return this.#service.leader === null
  }
}

// VOTER: a leader is a voter of the configuration that it counts by. Learners and removed members are not
// elected, however an election begins (thesis §3.10, §4.2.1).
// Kills M3.
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isVoter } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class OnlyVotersLead implements Watcher {
  readonly #committed: CommittedLog

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  taken({ id, raft }: SimNode): void {
    if (raft.role !== 'leader') return
    const configuration = this.#committed.configurationAt(raft.applied)
    if (!isVoter(configuration, id))
      throw new Violation(
        'VOTER',
        `${id} leads term ${raft.term} but is not a voter of ${describeConfiguration(configuration)}`,
      )
  }
}

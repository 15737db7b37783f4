// The core as the leadership sees it. While a snapshot is being restored or awaited, what the core has handed
// out is not in the state machine yet, however far that is.
import { type Index, index, type Millis, type NodeId, type Raft, type Role, type Term } from '@oarlock/core'
import type { LeadershipSource } from './leadership/index.ts'

export class AppliedCore implements LeadershipSource {
  readonly #raft: Raft
  readonly #hasState: () => boolean

  constructor(raft: Raft, hasState: () => boolean) {
    this.#raft = raft
    this.#hasState = hasState
  }

  get role(): Role {
    return this.#raft.role
  }

  get term(): Term {
    return this.#raft.term
  }

  get leader(): NodeId | null {
    return this.#raft.leader
  }

  get termStart(): Index {
    return this.#raft.termStart
  }

  get leaseDeadline(): Millis {
    return this.#raft.leaseDeadline
  }

  get applied(): Index {
    return this.#hasState() ? this.#raft.applied : index(0)
  }
}

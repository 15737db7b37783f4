// The modules of the core that mutants change. Those with functions that are replaced have their type.
import { inModule } from '../mutant.ts'

const core = 'packages/core/src'

export const activation = inModule(`${core}/node/activation.ts`)
export const campaign = inModule(`${core}/node/campaign.ts`)
export const change = inModule<typeof import('../../../packages/core/src/membership/change.ts')>(
  `${core}/membership/change.ts`,
)
export const changeProposal = inModule(`${core}/node/change-proposal.ts`)
export const committedChange = inModule(`${core}/node/committed-change.ts`)
export const compaction = inModule<typeof import('../../../packages/core/src/snapshot/compaction.ts')>(
  `${core}/snapshot/compaction.ts`,
)
export const configurations = inModule<
  typeof import('../../../packages/core/src/membership/configuration.ts')
>(`${core}/membership/configuration.ts`)
export const durability = inModule<typeof import('../../../packages/core/src/durability.ts')>(
  `${core}/durability.ts`,
)
export const follower = inModule(`${core}/roles/follower.ts`)
export const inflight = inModule<typeof import('../../../packages/core/src/progress/inflight.ts')>(
  `${core}/progress/inflight.ts`,
)
export const installSnapshot = inModule(`${core}/node/install-snapshot.ts`)
export const joint = inModule<typeof import('../../../packages/core/src/quorum/joint.ts')>(
  `${core}/quorum/joint.ts`,
)
export const leader = inModule(`${core}/roles/leader.ts`)
export const lease = inModule<typeof import('../../../packages/core/src/election/lease.ts')>(
  `${core}/election/lease.ts`,
)
export const leaseRenewal = inModule(`${core}/node/lease-renewal.ts`)
export const log = inModule(`${core}/log/log.ts`)
export const majority = inModule<typeof import('../../../packages/core/src/quorum/majority.ts')>(
  `${core}/quorum/majority.ts`,
)
export const match = inModule<typeof import('../../../packages/core/src/log/match.ts')>(
  `${core}/log/match.ts`,
)
export const node = inModule(`${core}/node/node.ts`)
export const nonMember = inModule<typeof import('../../../packages/core/src/membership/non-member.ts')>(
  `${core}/membership/non-member.ts`,
)
export const offerSnapshot = inModule(`${core}/node/offer-snapshot.ts`)
export const progress = inModule<typeof import('../../../packages/core/src/progress/progress.ts')>(
  `${core}/progress/progress.ts`,
)
export const promise = inModule<typeof import('../../../packages/core/src/election/promise.ts')>(
  `${core}/election/promise.ts`,
)
export const proposal = inModule(`${core}/roles/proposal.ts`)
export const raft = inModule(`${core}/raft.ts`)
export const readIndex = inModule<typeof import('../../../packages/core/src/read/read-index.ts')>(
  `${core}/read/read-index.ts`,
)
export const reads = inModule(`${core}/node/reads.ts`)
export const replication = inModule(`${core}/node/replication.ts`)
export const term = inModule<typeof import('../../../packages/core/src/election/term.ts')>(
  `${core}/election/term.ts`,
)
export const receiver = inModule(`${core}/snapshot/receiver.ts`)
export const timer = inModule<typeof import('../../../packages/core/src/election/timer.ts')>(
  `${core}/election/timer.ts`,
)
export const transferRules = inModule<typeof import('../../../packages/core/src/election/transfer.ts')>(
  `${core}/election/transfer.ts`,
)
export const transfer = inModule(`${core}/node/transfer.ts`)
export const vote = inModule<typeof import('../../../packages/core/src/election/vote.ts')>(
  `${core}/election/vote.ts`,
)
export const voteRequest = inModule(`${core}/node/vote-request.ts`)

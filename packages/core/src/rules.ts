// Every rule of the paper that is a decision, in one table. Raft looks its rules up here, so that the mutation runner
// can replace one of them by a broken one and prove that the simulator sees it. Nothing else should ever replace one.
import { type ElectionRules, electionRules } from './rules/elections.ts'
import { type MembershipRules, membershipRules } from './rules/membership.ts'
import { type ReplicationRules, replicationRules } from './rules/replication.ts'
import { type ServiceRules, serviceRules } from './rules/service.ts'

export interface Rules extends ElectionRules, ReplicationRules, MembershipRules, ServiceRules {}

export const standardRules: Rules = {
  ...electionRules,
  ...replicationRules,
  ...membershipRules,
  ...serviceRules,
}

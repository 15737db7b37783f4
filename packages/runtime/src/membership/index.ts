// The members of the cluster, and how they change while it runs.
export type { ChangeCompletion } from './change-requests.ts'
export { ClusterMembers, type ClusterMembersInit } from './cluster-members.ts'
export { FoundersConfiguration } from './founders-configuration.ts'
export { KnownMembers } from './known-members.ts'
export { foundersTable, type TableState, tableAfter } from './member-table.ts'
export { membersSection } from './members-section.ts'
export type {
  AcceptedRequest,
  ChangeRefusal,
  ChangeRequest,
  MemberRecord,
  RemovedMember,
  RequestOutcome,
} from './membership.ts'
export type { Admission, Newcomer } from './newcomers.ts'
export { Removal } from './removal.ts'
export { CoreOfNewcomer } from './right-to-vote.ts'
export { addressesOf, type Peers } from './shown.ts'
export { decodeTable, encodeTable } from './table-codec.ts'

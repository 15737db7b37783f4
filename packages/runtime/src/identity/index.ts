// Who the members are, and whether they agree on it.
export { generationStep } from './generation.ts'
export type {
  Generation,
  KnownPeer,
  MemberIdentity,
  PeerRecord,
  Refusal,
  RefusalReason,
  Starts,
  StoredIdentity,
} from './identity.ts'
export {
  enoughAreHeard,
  type FoundingRule,
  PeerIdentities,
  type PeerIdentitiesInit,
} from './peer-identities.ts'
export { printable } from './printable.ts'
export {
  type Encounter,
  hasSeenItsOwnStart,
  isKnownIncarnation,
  refusalOf,
  refusalOfNewcomer,
} from './refusal.ts'
export type { Joins, ShownMember, ShownMembership } from './shown-membership.ts'

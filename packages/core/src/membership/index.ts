// Configurations and their changes (paper §6; thesis §4).

export {
  changed,
  changeSimply,
  enterJoint,
  leaveJoint,
  type MemberChange,
  type MembershipChange,
  MembershipError,
} from './change.ts'
export { decodeChange, encodeChange } from './change-codec.ts'
export { isJoint, isVoter, mayLead, membersOf, staticVoters, votersOf } from './configuration.ts'
export { isAnswerOfNonMember } from './non-member.ts'

// Why there is no leader, and what is wrong with a member: in sentences, in its status and in its log.
export { Diagnosis, type DiagnosisInit } from './diagnosis.ts'
export { failureOf } from './failure.ts'
export { Leaderless, type LeaderState } from './leaderless.ts'
export type { PeerStatus } from './peer-status.ts'
export { Stalls } from './stalls.ts'
export { causeOf, sentence } from './wording.ts'

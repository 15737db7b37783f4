export { CommittedLog, sameEntry } from './committed.ts'
export { isMember, isQuorum, isVoter } from './quorum.ts'
export { Survivors } from './survivors.ts'

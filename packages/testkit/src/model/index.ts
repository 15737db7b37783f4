export { CommittedLog, place, sameEntry } from './committed.ts'
export { describeConfiguration, isMember, isQuorum, isVoter } from './quorum.ts'
export { Survivors } from './survivors.ts'

// Elections have names, and everything about an election is found by its name. Most applications have one, the default one.
import { LeaderElectionService } from './service.ts'

export const defaultElection = 'default'

const token = (what: string, name: string): string => `Oarlock ${what} '${name}'`

/** The token of the election itself (`Election` of `oarlock`). */
export const getElectionToken = (name: string = defaultElection): string => token('Election', name)

/** The token of what stands for the leadership under which a call runs. */
export const getLeadershipToken = (name: string = defaultElection): string => token('Leadership', name)

/** The token of an election's LeaderElectionService: for the default election, the class itself. */
export const getLeaderElectionToken = (
  name: string = defaultElection,
): string | typeof LeaderElectionService =>
  name === defaultElection ? LeaderElectionService : token('LeaderElectionService', name)

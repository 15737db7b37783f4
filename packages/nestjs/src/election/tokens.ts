// The injection tokens of an election, each made of the election's name.
import { processWide } from 'oarlock/node'
import { checkName, defaultElection } from './name.ts'
import { LeaderElectionService } from './service.ts'

function token(what: string, name: string): string {
  checkName(name)
  return `Oarlock ${what} '${name}'`
}

/** The token of the election itself (`Election` of `oarlock`). */
export const getElectionToken = (name: string = defaultElection): string => token('Election', name)

/** The token of the leadership that `@InjectLeadership()` injects. */
export const getLeadershipToken = (name: string = defaultElection): string => token('Leadership', name)

/** The service class of each copy of this package in the process. Code injects the class of its own copy. */
const serviceClasses = processWide('nestjs.services', () => new Set<typeof LeaderElectionService>())
serviceClasses.add(LeaderElectionService)

/** The token of an election's LeaderElectionService. For the default election it is the class itself. */
export const getLeaderElectionToken = (
  name: string = defaultElection,
): string | typeof LeaderElectionService =>
  name === defaultElection ? LeaderElectionService : token('LeaderElectionService', name)

/** The further tokens of the same service: the classes of the other copies of this package. */
export const otherServiceTokens = (name: string): readonly (typeof LeaderElectionService)[] =>
  name === defaultElection ? [...serviceClasses].filter((other) => other !== LeaderElectionService) : []

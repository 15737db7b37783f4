// Parameter and property decorators that inject an election, its leadership or its service.
import { Inject } from '@nestjs/common'
import { getElectionToken, getLeaderElectionToken, getLeadershipToken } from '../election/index.ts'
import { checkElectionArgument } from './check-use.ts'

type InjectDecorator = ReturnType<typeof Inject>

/** Injects an `Election` of `oarlock`: by default the default one. */
export const InjectElection = (name?: string): InjectDecorator => {
  checkElectionArgument('InjectElection', name)
  return Inject(getElectionToken(name))
}

/**
 * Injects a `Leadership`: within leader work the leadership of that work, elsewhere the one that is held here
 * at that moment. If there is none, `held` is false, and `fence` throws NotLeaderError.
 */
export const InjectLeadership = (name?: string): InjectDecorator => {
  checkElectionArgument('InjectLeadership', name)
  return Inject(getLeadershipToken(name))
}

/**
 * Injects the LeaderElectionService of an election by name. (That of the default election is injected by its
 * class.)
 */
export const InjectLeaderElection = (name?: string): InjectDecorator => {
  checkElectionArgument('InjectLeaderElection', name)
  return Inject(getLeaderElectionToken(name))
}

// Parameter and property decorators that inject what belongs to an election.
import { Inject } from '@nestjs/common'
import { getElectionToken, getLeaderElectionToken, getLeadershipToken } from '../election/name.ts'

type InjectDecorator = ReturnType<typeof Inject>

/** Injects an `Election` of `oarlock`: by default the default one. */
export const InjectElection = (name?: string): InjectDecorator => Inject(getElectionToken(name))

/**
 * Injects a `Leadership` that stands for the one under which the caller runs, or else for the one that is held here at that moment.
 * Where there is none, `held` is false, and `fence` throws NotLeaderError.
 */
export const InjectLeadership = (name?: string): InjectDecorator => Inject(getLeadershipToken(name))

/** Injects the LeaderElectionService of an election by name. (That of the default election is injected by its class.) */
export const InjectLeaderElection = (name?: string): InjectDecorator => Inject(getLeaderElectionToken(name))

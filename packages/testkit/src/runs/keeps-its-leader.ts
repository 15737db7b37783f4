// Whether a healed cluster should keep the leader that it has, for as long as nothing strikes it.
import { isVoter } from '../model/index.ts'
import type { Simulation } from './simulation.ts'

/**
 * All voters are up, and nothing moves leadership: no voter deposes a leader that others hear, no membership
 * change is under way, and no member has a higher priority.
 */
export function keepsItsLeader({ scenario, committed, nodes }: Simulation, leastVoters: number): boolean {
  const { config, own } = scenario
  const { voters, outgoing } = committed.configuration
  return (
    config.preVote &&
    config.checkQuorum &&
    !config.electionOnly &&
    Object.keys(own).length === 0 &&
    voters.length >= leastVoters &&
    outgoing.length === 0 &&
    !nodes.some(({ id, up }) => !up && isVoter(committed.configuration, id))
  )
}

// CALM: with pre-vote and check-quorum a member that was cut off for a while comes back without an election
// (thesis §9.6). It is checked when the cluster has healed, so that nothing else can cause an election.
import { shortMessageTime } from '../hardware/index.ts'
import { isVoter } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import type { Simulation } from './simulation.ts'

/** A message, perhaps an order to campaign, may be in flight for this long. */
const SETTLES_FOR = 5
const CUT_OFF_FOR = 4
const BACK_FOR = 4

/** Applies only if timers and messages are so prompt that no follower misses a present leader. */
function applies({ scenario: { config, own, network, node }, committed, nodes }: Simulation): boolean {
  const { preVote, checkQuorum, lease, electionTimeout, heartbeatInterval } = config
  const messageTime = node.turnLength + network.latency + shortMessageTime(network.rate)
  const late = node.timerLag * 12 + messageTime * 2 + network.jitter * 12
  return (
    preVote &&
    checkQuorum &&
    // A leader transfers leadership to a returning member of higher priority.
    Object.keys(own).length === 0 &&
    // A short lease may end without a fault.
    !lease &&
    heartbeatInterval + late < electionTimeout &&
    // The cluster must be able to spare one voter.
    committed.configuration.voters.length >= 3 &&
    !nodes.some(({ id, lost }) => lost && isVoter(committed.configuration, id)) &&
    committed.configuration.outgoing.length === 0
  )
}

/** Cuts off one voter and lets it come back. The same leader must lead throughout. */
export function checkRejoin(simulation: Simulation): void {
  if (!applies(simulation)) return
  const { world, nodes, network, workload, committed, scenario } = simulation
  const pass = (timeouts: number): void => {
    const until = world.now + timeouts * scenario.config.electionTimeout
    while (world.step(until));
  }
  pass(SETTLES_FOR)
  const leader = workload.leader()
  const victim = nodes.find((node) => node.up && node !== leader && isVoter(committed.configuration, node.id))
  if (leader === null || victim === undefined) return
  const { term } = leader.raft
  world.log(`— ${victim.id} is cut off, and comes back —`)
  for (const node of nodes) {
    network.cut(victim.place, node.place)
    network.cut(node.place, victim.place)
  }
  pass(CUT_OFF_FOR)
  for (const node of nodes) {
    network.mend(victim.place, node.place)
    network.mend(node.place, victim.place)
  }
  pass(BACK_FOR)
  if (leader.raft.role !== 'leader' || leader.raft.term !== term)
    throw new Violation(
      'CALM',
      `${leader.id} led term ${term} when ${victim.id} was cut off, but term ${leader.raft.term} began when ${victim.id} came back`,
    )
}

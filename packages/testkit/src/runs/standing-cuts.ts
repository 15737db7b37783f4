// CUT: while some links stay cut, a majority whose links all work elects a leader and serves (paper §5.4.3 on
// availability; thesis §4.2.3, §6.2, §9.6). It is checked when the cluster has healed, so that the cut is all
// that is wrong. It needs check-quorum, or a leader that hears nobody would lead for ever, and pre-vote, or a
// member that hears nobody would depose one leader after another.
import { bridge, mute, type Severs } from '../faults/index.ts'
import { writeOf } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import { isVoter } from '../model/index.ts'
import { Call, type Random, Violation } from '../world/index.ts'
import { keepsItsLeader } from './keeps-its-leader.ts'
import type { Simulation } from './simulation.ts'
import { electedWithinAny } from './split-votes.ts'

/** In election timeouts: to notice that the leader is gone, to elect another one, and to commit. */
const SERVES_WITHIN = 15
/** How long it must go on serving after that. */
const STANDS_FOR = 5

interface StandingCut {
  readonly what: string
  readonly severs: Severs
  /** A majority of the voters, all of which reach each other. */
  readonly majority: readonly SimNode[]
}

/**
 * Two parts that share one member. If a part without the leader is a majority, in half of the cases the
 * leader is cut off too, and that part must elect another one.
 */
function drawBridge(voters: readonly SimNode[], leader: SimNode, dice: Random): StandingCut {
  const over = dice.pick(voters)
  const severs = bridge(voters, over, dice)
  const parts = voters
    .filter((node) => node !== over)
    .map((one) => voters.filter((other) => !severs(one, other)))
    .toSorted((a, b) => b.length - a.length)
  const enough = (part: readonly SimNode[]): boolean => part.length * 2 > voters.length
  const others = parts.find((part) => !part.includes(leader) && enough(part))
  if (others === undefined || dice.chance(0.5))
    return { what: `two parts share only ${over.id}`, severs, majority: parts[0]! }
  return {
    what: `two parts share only ${over.id}, and ${leader.id} reaches nobody`,
    severs: (from, to) => severs(from, to) || from === leader || to === leader,
    majority: others,
  }
}

function drawCut(voters: readonly SimNode[], leader: SimNode, dice: Random): StandingCut {
  const others = voters.filter((node) => node !== leader)
  switch (dice.pick(['bridge', 'bridge', 'deaf', 'mute', 'link'] as const)) {
    case 'bridge':
      return drawBridge(voters, leader, dice)
    case 'deaf':
      return { what: `${leader.id} hears nobody`, severs: (_from, to) => to === leader, majority: others }
    case 'mute':
      return { what: `${leader.id} is not heard`, severs: mute(leader), majority: others }
    case 'link': {
      const follower = dice.pick(others)
      return {
        what: `${follower.id} does not hear ${leader.id}`,
        severs: (from, to) => from === leader && to === follower,
        majority: voters.filter((node) => node !== follower),
      }
    }
  }
}

/** Whether a fresh write is committed within this many election timeouts. */
function serves({ world, workload, committed, scenario }: Simulation, timeouts: number): boolean {
  const { electionTimeout } = scenario.config
  const until = world.now + timeouts * electionTimeout
  const freshFrom = workload.writes.length + 1
  let proposing = true
  const propose = (): void => {
    if (!proposing) return
    const leader = workload.leader()
    if (leader !== null) workload.propose(leader)
    world.schedule(new Call(propose), world.now + Math.max(electionTimeout / 4, scenario.workload.leastGap))
  }
  propose()
  let looked = committed.length
  let served = false
  while (!served && world.step(until))
    for (; looked < committed.length; looked++)
      if (writeOf(committed.entries[looked]!) >= freshFrom) served = true
  proposing = false
  return served
}

export function checkStandingCuts(simulation: Simulation, dice: Random): void {
  if (!keepsItsLeader(simulation, 3)) return
  const { world, nodes, network, workload, committed, scenario } = simulation
  const leader = workload.leader()
  const { configuration } = committed
  if (leader === null || !isVoter(configuration, leader.id)) return
  const voters = nodes.filter(({ id }) => isVoter(configuration, id))
  const { what, severs, majority } = drawCut(voters, leader, dice)
  world.log(`— ${what} —`)
  for (const from of nodes)
    for (const to of nodes) if (from !== to && severs(from, to)) network.cut(from.place, to.place)
  const talks = (id: string): boolean => majority.some((node) => node.id === id)
  const split = electedWithinAny(
    scenario.config,
    scenario.timeouts.shortest,
    scenario.nemesis.roundTrip,
    configuration,
    talks,
  )
  const within = SERVES_WITHIN + split
  const failed = (how: string): never => {
    const ids = majority.map(({ id }) => id).join(' ')
    throw new Violation('CUT', `while ${what}, ${ids} ${how}`)
  }
  if (!serves(simulation, within)) failed(`commit nothing for ${within} election timeouts`)
  const { term } = workload.leader()!.raft
  const until = world.now + STANDS_FOR * scenario.config.electionTimeout
  while (world.step(until));
  if (!serves(simulation, within))
    failed(`served in term ${term}, and then commit nothing for ${within} election timeouts`)
}

// SERVE: a healed cluster does what it is asked, at every member: it answers reads by either policy and takes in proposals, big ones
// too; it hands leadership over when told to, keeps its leader otherwise, or comes to have one of those it prefers, and where there are
// leases that one holds one. The safety checkers are content with a cluster that does nothing at all, and HEAL with one that only
// replicates.
import type { ReadPolicy } from '@oarlock/core'
import type { Write } from '../clients/index.ts'
import { holds } from '../invariants/index.ts'
import { LocalEvent, type SimNode } from '../member/index.ts'
import { isMember, isVoter } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import type { Simulation } from './simulation.ts'

// In election timeouts. Whoever asks asks again after one: a leader may have gone meanwhile.
const SERVED_WITHIN = 10
/** As in HEAL: whoever could not hand over may step down, and of three who all have to agree two may stand at once, again and again. */
const HELD_WITHIN = 10
const STAYS_FOR = 3
const HANDED_OVER_WITHIN = 3
const GIVEN_UP_WITHIN = 1.5
const ATTEMPTS = 3
/** Twice what a leader waits after it has handed over in vain, and more. */
const PREFERRED_WITHIN = 45
/** More than fits in some windows and accounts. */
const BIG = 5

/** Are timers and messages so prompt that nobody misses a leader that is there, and no lease runs out? */
function isPrompt({ scenario: { config, network, node, disk } }: Simulation): boolean {
  const { lease, electionTimeout, heartbeatInterval, clockRateTolerance } = config
  const late =
    node.timerLag * 12 + node.turnLength * 4 + network.latency * 4 + network.jitter * 12 + disk.latency * 4
  return heartbeatInterval + late < (lease ? electionTimeout / (1 + clockRateTolerance) : electionTimeout)
}

/** Runs until `reached`; false when so many election timeouts are over before. */
function within(
  { world, operator, scenario }: Simulation,
  timeouts: number,
  reached: () => boolean,
): boolean {
  const until = world.now + timeouts * scenario.config.electionTimeout
  for (;;) {
    operator.retireRemoved()
    if (reached()) return true
    if (!world.step(until)) return reached()
  }
}

/** What a client of one member wants. */
interface Errand {
  readonly what: string
  readonly ask: () => void
  readonly isDone: () => boolean
}

function toRead({ reads }: Simulation, node: SimNode, policy: ReadPolicy): Errand {
  let isServed = false
  const then = (served: boolean): void => {
    isServed ||= served
  }
  return {
    what: `${node.id} serves no read by ${policy}`,
    ask: () => reads.read(node, policy, then),
    isDone: () => isServed,
  }
}

function toWrite({ workload, committed, scenario }: Simulation, node: SimNode): Errand {
  const asked: Write[] = []
  const isForwarded = (): boolean => scenario.config.forwardProposals || node.raft.role === 'leader'
  // A follower that is given snapshots does not see it go by.
  const isThere = ({ id, outcome }: Write): boolean => outcome === 'acknowledged' || committed.holdsWrite(id)
  const ask = (count: number): void => {
    const write = workload.propose(node, count)
    if (write !== null) asked.push(write)
  }
  return {
    what: `no proposal at ${node.id} is answered and committed`,
    ask: () => ask(scenario.workload.batches > 0 ? BIG : 1),
    isDone: () => {
      if (!isForwarded() || asked.some(isThere)) return true
      // The leader had no room for them, among those of other members.
      if (asked.every(({ outcome }) => outcome === 'refused')) ask(1)
      return false
    },
  }
}

function servesEverybody(simulation: Simulation): void {
  const members = simulation.operator.members.filter(({ up, paused }) => up && !paused)
  let open: readonly Errand[] = members.flatMap((node) => [
    toRead(simulation, node, 'quorum'),
    toRead(simulation, node, 'lease'),
    toWrite(simulation, node),
  ])
  for (let left = SERVED_WITHIN; left > 0; left--) {
    for (const errand of open) errand.ask()
    if (within(simulation, 1, () => open.every(({ isDone }) => isDone()))) return
    open = open.filter(({ isDone }) => !isDone())
  }
  throw new Violation('SERVE', `${open[0]!.what}, ${SERVED_WITHIN} election timeouts long`)
}

function leaderHolds(simulation: Simulation): void {
  const { workload } = simulation
  const held = (): boolean => {
    const leader = workload.leader()
    return leader !== null && holds(leader)
  }
  if (!within(simulation, HELD_WITHIN, held))
    throw new Violation('SERVE', `nobody holds leadership, ${HELD_WITHIN} election timeouts long`)
}

/** Nothing happens any more: whoever leads goes on. (An order to stand that was on its way for long may come yet, once or twice.) */
function staysAsItIs(simulation: Simulation): void {
  for (let left = ATTEMPTS; left > 0; left--) {
    const leader = simulation.workload.leader()
    const term = leader?.raft.term
    within(simulation, STAYS_FOR, () => false)
    if (leader !== null && leader.raft.role === 'leader' && leader.raft.term === term) return
  }
  throw new Violation(
    'SERVE',
    `nothing disturbs anybody, and yet leaders change, ${ATTEMPTS} times in ${ATTEMPTS * STAYS_FOR} election timeouts`,
  )
}

/** In the end the best of those who are there leads. */
function preferredLeads(simulation: Simulation): void {
  const { nodes, workload, committed, scenario } = simulation
  const priorityOf = ({ id }: SimNode): number => {
    const { priority = 1, witness = false } = scenario.own[id] ?? {}
    return witness ? 0 : priority
  }
  const voters = nodes.filter(({ up, id }) => up && isVoter(committed.configuration, id))
  const best = Math.max(...voters.map(priorityOf))
  const isLed = (): boolean => {
    const leader = workload.leader()
    return leader !== null && priorityOf(leader) === best
  }
  if (within(simulation, PREFERRED_WITHIN, isLed)) return
  throw new Violation(
    'SERVE',
    `nobody of priority ${best} leads, ${PREFERRED_WITHIN} election timeouts long, though there are such voters`,
  )
}

/** Right behind a proposal: the target does not have it yet. Asked at the leader or at a follower; `target` null: anybody else. */
function handsOver(simulation: Simulation, at: SimNode, target: SimNode | null): void {
  const { workload, scenario } = simulation
  const before = workload.leader()
  const isHandedOver = (): boolean => {
    const leader = workload.leader()
    return leader !== null && (target === null ? leader !== before : leader === target)
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const leader = workload.leader()
    // Where logs are cut at once the target may need a snapshot, which may take longer than a transfer may.
    const proposes = !scenario.config.electionOnly && (attempt === 0 || scenario.node.compactAfter === 0)
    if (leader !== null && proposes) workload.propose(leader)
    at.arrive(new LocalEvent({ type: 'transfer', to: target?.id ?? null }))
    if (within(simulation, HANDED_OVER_WITHIN, isHandedOver)) return
  }
  throw new Violation(
    'SERVE',
    `${at.id} was told to hand leadership over to ${target?.id ?? 'anybody'}, ${ATTEMPTS} times, and nothing came of it`,
  )
}

/** The target is stopped: the leader has to give up, and then the cluster serves as before, and holds a lease again. */
function handsOverInVain(simulation: Simulation, leader: SimNode, target: SimNode): void {
  const { scenario } = simulation
  leader.arrive(new LocalEvent({ type: 'transfer', to: target.id }))
  target.pause()
  within(simulation, GIVEN_UP_WITHIN, () => false)
  if (!scenario.config.electionOnly) servesEverybody(simulation)
  if (scenario.config.lease) leaderHolds(simulation)
  target.resume()
}

export function checkService(simulation: Simulation): void {
  const { nodes, workload, committed, scenario } = simulation
  const { lease, electionOnly } = scenario.config
  if (!electionOnly) servesEverybody(simulation)
  // Whoever was removed and runs on stands again and again, and without a quorum check everybody heeds that.
  const isStranger = ({ up, id }: SimNode): boolean => up && !isMember(committed.configuration, id)
  if (nodes.some(isStranger) || !isPrompt(simulation)) return
  // Leaders that prefer others hand over by themselves.
  if (Object.keys(scenario.own).length > 0) return preferredLeads(simulation)
  if (lease) leaderHolds(simulation)
  staysAsItIs(simulation)
  const leader = workload.leader()
  const others = nodes.filter(
    (node) => node.up && node !== leader && isVoter(committed.configuration, node.id),
  )
  if (leader === null || others.length === 0 || committed.configuration.outgoing.length > 0) return
  // With the smallest windows all that was just proposed takes longer to arrive than a transfer may.
  const isHeldByAll = ({ log }: SimNode): boolean => log.lastIndex === leader.log.lastIndex
  if (!within(simulation, SERVED_WITHIN, () => others.every(isHeldByAll))) return
  handsOver(simulation, leader, null)
  if (lease) leaderHolds(simulation)
  const next = workload.leader()
  // Whoever led follows by now, or will soon; unless it was removed at last.
  if (!isVoter(committed.configuration, leader.id)) return
  if (within(simulation, 1, () => next !== null && leader.raft.leader === next.id))
    handsOver(simulation, leader, leader)
  const target = others.find((node) => node !== workload.leader())
  const last = workload.leader()
  if (last !== null && target !== undefined && others.length >= 2 && !nodes.some(({ lost }) => lost))
    handsOverInVain(simulation, last, target)
}

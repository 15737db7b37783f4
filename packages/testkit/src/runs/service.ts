// SERVE: a healed cluster serves requests at every member. It answers reads of each consistency and
// accepts proposals, also large ones. It transfers leadership on request; otherwise it keeps its
// leader, or elects one of the highest priority. With leases the leader holds one. The safety checkers accept
// a cluster that does nothing, and HEAL accepts one that only replicates.
import type { Consistency } from '@oarlock/runtime'
import { inWords, type Write } from '../clients/index.ts'
import { shortMessageTime } from '../hardware/index.ts'
import { holds } from '../invariants/index.ts'
import { LocalEvent, type SimNode } from '../member/index.ts'
import { isMember, isVoter } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import type { Simulation } from './simulation.ts'

// In election timeouts. A request is repeated after one, since the leader may have gone.
const SERVED_WITHIN = 10
/**
 * The same, where messages are so slow that leases run out without a fault: leaders come and go, and
 * requests are lost with them.
 */
const SERVED_BY_FLEETING_LEADERS_WITHIN = 30
/** As in HEAL: a leader whose transfer failed may step down, and votes may be split several times. */
const HELD_WITHIN = 10
const STAYS_FOR = 3
const TRANSFERRED_WITHIN = 3
const GIVEN_UP_WITHIN = 1.5
const ATTEMPTS = 3
/** More than twice the time that a leader waits after a failed transfer. */
const PREFERRED_WITHIN = 45
/** More commands than fit into some windows and limits. */
const LARGE_BATCH = 5

/** Whether timers and messages are so prompt that no follower misses its leader and no lease ends. */
export function isPrompt({ scenario: { config, timeouts, network, node, disk } }: Simulation): boolean {
  const { lease, clockRateTolerance } = config
  // By the shortest timeout: leaders send heartbeats often enough for it.
  const electionTimeout = config.electionTimeout * timeouts.shortest
  const heartbeatInterval = config.heartbeatInterval * timeouts.shortest
  const late =
    node.timerLag * 12 +
    node.turnLength * 4 +
    (network.latency + shortMessageTime(network.rate)) * 4 +
    network.jitter * 12 +
    disk.latency * 4
  return heartbeatInterval + late < (lease ? electionTimeout / (1 + clockRateTolerance) : electionTimeout)
}

/** Runs until `reached`. False if this many election timeouts pass first. */
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

/** A request of a client at one member. */
interface ClientRequest {
  readonly what: string
  readonly ask: () => void
  readonly isDone: () => boolean
}

function readRequest({ reads }: Simulation, node: SimNode, consistency: Consistency): ClientRequest {
  let isServed = false
  const then = (served: boolean): void => {
    isServed ||= served
  }
  return {
    what: `${node.id} serves no read that is ${inWords(consistency)}`,
    ask: () => reads.read(node, consistency, then),
    isDone: () => isServed,
  }
}

/** How many writes the cluster can take in an election timeout, and stay abreast of them. */
function roomForWrites({ scenario: { config, workload } }: Simulation): number {
  return Math.max(1, Math.floor(config.electionTimeout / workload.leastGap))
}

function writeRequest(simulation: Simulation, node: SimNode): ClientRequest {
  const { workload, committed, scenario } = simulation
  const inBatches = scenario.workload.batches > 0 && roomForWrites(simulation) > LARGE_BATCH
  const asked: Write[] = []
  const isForwarded = (): boolean => scenario.config.forwardProposals || node.raft.role === 'leader'
  // A follower that gets snapshots does not see the entry.
  const isThere = ({ id, outcome }: Write): boolean => outcome === 'acknowledged' || committed.holdsWrite(id)
  const ask = (count: number): void => {
    const write = workload.propose(node, count)
    if (write !== null) asked.push(write)
  }
  return {
    what: `no proposal at ${node.id} is answered and committed`,
    // A forwarded one may be lost. A large batch each time would only be in the way.
    ask: () => ask(asked.length === 0 && inBatches ? LARGE_BATCH : 1),
    isDone: () => {
      if (!isForwarded() || asked.some(isThere)) return true
      // The leader had no room for them beside those of other members, or the runtime has given up.
      if (asked.every(({ outcome }) => outcome !== 'pending')) ask(1)
      return false
    },
  }
}

function checkRequests(simulation: Simulation): void {
  const members = simulation.operator.members.filter(({ up, paused }) => up && !paused)
  const isOpen = ({ isDone }: ClientRequest): boolean => !isDone()
  let reads = members.flatMap((node) => [
    readRequest(simulation, node, 'linearizable'),
    readRequest(simulation, node, 'lease'),
    readRequest(simulation, node, 'local'),
    readRequest(simulation, node, { atLeast: simulation.committed.length }),
  ])
  let writes = members.map((node) => writeRequest(simulation, node))
  const room = roomForWrites(simulation)
  const most = isPrompt(simulation) ? SERVED_WITHIN : SERVED_BY_FLEETING_LEADERS_WITHIN
  for (let left = most; left > 0; left--) {
    const next = writes.slice(0, room)
    for (const request of [...reads, ...next]) request.ask()
    if (within(simulation, 1, () => !reads.some(isOpen) && !writes.some(isOpen))) return
    reads = reads.filter(isOpen)
    // Members take turns where the cluster cannot take a write of each.
    writes = [...writes.slice(room), ...next].filter(isOpen)
  }
  throw new Violation('SERVE', `${[...reads, ...writes][0]!.what} for ${most} election timeouts`)
}

function checkLease(simulation: Simulation): void {
  const { workload } = simulation
  const held = (): boolean => {
    const leader = workload.leader()
    return leader !== null && holds(leader)
  }
  if (!within(simulation, HELD_WITHIN, held))
    throw new Violation('SERVE', `no member holds leadership for ${HELD_WITHIN} election timeouts`)
}

/**
 * Without faults the leader stays. A late order to campaign may still arrive, so there are several attempts.
 */
function checkLeaderStays(simulation: Simulation): void {
  for (let left = ATTEMPTS; left > 0; left--) {
    const leader = simulation.workload.leader()
    const term = leader?.raft.term
    within(simulation, STAYS_FOR, () => false)
    if (leader !== null && leader.raft.role === 'leader' && leader.raft.term === term) return
  }
  throw new Violation(
    'SERVE',
    `leaders change without a reason, ${ATTEMPTS} times in ${ATTEMPTS * STAYS_FOR} election timeouts`,
  )
}

/** In the end a present member of the highest priority leads. */
function checkPreferredLeads(simulation: Simulation): void {
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
    `no member of priority ${best} leads for ${PREFERRED_WITHIN} election timeouts, although there are such voters`,
  )
}

/**
 * Asks for a transfer right after a proposal, which the target does not have yet, at the leader or a
 * follower. Null: to any other member.
 */
function checkTransfer(simulation: Simulation, at: SimNode, target: SimNode | null): void {
  const { workload, scenario } = simulation
  const before = workload.leader()
  const isTransferred = (): boolean => {
    const leader = workload.leader()
    return leader !== null && (target === null ? leader !== before : leader === target)
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const leader = workload.leader()
    // If logs are cut at once the target may need a snapshot, which may take longer than a transfer may.
    const proposes = !scenario.config.electionOnly && (attempt === 0 || scenario.node.compactAfter === 0)
    if (leader !== null && proposes) workload.propose(leader)
    at.arrive(new LocalEvent({ type: 'transfer', to: target?.id ?? null }))
    if (within(simulation, TRANSFERRED_WITHIN, isTransferred)) return
  }
  throw new Violation(
    'SERVE',
    `${at.id} was told ${ATTEMPTS} times to transfer leadership to ${target?.id ?? 'any member'}, without success`,
  )
}

/**
 * Transfers to a stopped target: the leader must give up, and then the cluster serves as before and holds a
 * lease again.
 */
function checkFailedTransfer(simulation: Simulation, leader: SimNode, target: SimNode): void {
  const { scenario } = simulation
  leader.arrive(new LocalEvent({ type: 'transfer', to: target.id }))
  target.pause()
  within(simulation, GIVEN_UP_WITHIN, () => false)
  if (!scenario.config.electionOnly) checkRequests(simulation)
  if (scenario.config.lease) checkLease(simulation)
  target.resume()
}

export function checkService(simulation: Simulation): void {
  const { nodes, workload, committed, scenario } = simulation
  const { lease, electionOnly } = scenario.config
  if (!electionOnly) checkRequests(simulation)
  // A removed node that still runs campaigns repeatedly. Without check-quorum the others react to that.
  const isRunningNonMember = ({ up, id }: SimNode): boolean => up && !isMember(committed.configuration, id)
  if (nodes.some(isRunningNonMember) || !isPrompt(simulation)) return
  // With priorities leaders transfer leadership by themselves.
  if (Object.keys(scenario.own).length > 0) return checkPreferredLeads(simulation)
  if (lease) checkLease(simulation)
  checkLeaderStays(simulation)
  const leader = workload.leader()
  const others = nodes.filter(
    (node) => node.up && node !== leader && isVoter(committed.configuration, node.id),
  )
  if (leader === null || others.length === 0 || committed.configuration.outgoing.length > 0) return
  // With the smallest windows the last proposals take longer to arrive than a transfer may.
  const isHeldByAll = ({ log }: SimNode): boolean => log.lastIndex === leader.log.lastIndex
  if (!within(simulation, SERVED_WITHIN, () => others.every(isHeldByAll))) return
  checkTransfer(simulation, leader, null)
  if (lease) checkLease(simulation)
  const next = workload.leader()
  // The former leader follows by now or soon, unless it was removed.
  if (!isVoter(committed.configuration, leader.id)) return
  if (within(simulation, 1, () => next !== null && leader.raft.leader === next.id))
    checkTransfer(simulation, leader, leader)
  const target = others.find((node) => node !== workload.leader())
  const last = workload.leader()
  if (last !== null && target !== undefined && others.length >= 2 && !nodes.some(({ lost }) => lost))
    checkFailedTransfer(simulation, last, target)
}

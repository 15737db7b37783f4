// HEAL: after the faults the cluster must elect a leader within 10 election timeouts. Within 20 every
// operation must be done: the requests of clients with sessions, reads at every member, and fresh writes,
// applied everywhere. Within 30 all logs must be equal. docs/simulator.md explains when these bounds grow:
// after an idle beginning (`idleFirst`), while one member stays down (`oneStaysDown`), without pre-vote, and
// where votes may be split (split-votes.ts), where leases run out without a fault, where the runtime changes
// the members, and by the time that slow links need for what members lack. Scenarios are drawn so that no
// other backlog takes longer (load.ts).
import type { NodeId } from '@oarlock/core'
import { bytesOf } from '../hardware/index.ts'
import { writeOf } from '../machine/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Call, Violation } from '../world/index.ts'
import { isPrompt } from './service.ts'
import type { Simulation } from './simulation.ts'
import { electedWithinAny } from './split-votes.ts'

/** The members of a new cluster have met, and each knows that. */
const FOUNDED_WITHIN = 5
const LEADER_WITHIN = 10
const APPLIED_WITHIN = 20
const CONVERGED_WITHIN = 30
/** A member that was removed has learned it, and has stopped. */
const STOPPED_WITHIN = 60
/** The length of an idle beginning: a new leader must commit the entries it found without a proposal. */
const IDLE_FOR = 10
const MORE_WITHOUT_PREVOTE = 15
/** The runtime makes a change in several steps, and a newcomer catches up before the last one. */
const MORE_WITH_STEPS = 20
/** Each member that lost its disk is replaced in its turn, likewise. */
const MORE_WITH_LOST_DISK = 20
/** Where leases run out without a fault, each leader replicates only a part of what there is. */
const MORE_WITH_FLEETING_LEADERS = 40

/** How often the same entries may be sent: a new leader probes again. */
const COPIES = 2

/** The time in which slow links carry all that waits on them, and all that members may lack, in ms. */
function catchUpTime({ nodes, network, scenario }: Simulation): number {
  const { rate } = scenario.network
  if (rate === Number.POSITIVE_INFINITY) return 0
  const up = nodes.filter((node) => node.up)
  const held = Math.min(...up.map(({ raft }) => raft.commit))
  const lacks = Math.max(0, ...up.map(({ log }) => bytesOf(log.entries.filter(({ index }) => index > held))))
  return network.backlog + (COPIES * lacks) / rate
}

/** The number of election timeouts by which all bounds grow. */
function allowance(simulation: Simulation): number {
  const { scenario, committed, nodes } = simulation
  const { config, timeouts, nemesis } = scenario
  const isAlive = (id: NodeId): boolean => nodes.some((node) => node.id === id && node.up)
  const elected = electedWithinAny(
    config,
    timeouts.shortest,
    nemesis.roundTrip,
    committed.configuration,
    isAlive,
  )
  return (
    Math.max(0, elected - LEADER_WITHIN) +
    (config.preVote ? 0 : MORE_WITHOUT_PREVOTE) +
    (isPrompt(simulation) ? 0 : MORE_WITH_FLEETING_LEADERS) +
    (scenario.operator.byRuntime && scenario.operator.gap < Number.POSITIVE_INFINITY ? MORE_WITH_STEPS : 0) +
    nodes.filter(({ isNewcomer }) => isNewcomer).length * MORE_WITH_LOST_DISK +
    Math.ceil(catchUpTime(simulation) / config.electionTimeout)
  )
}

/** Proposes at the leader, as often as the cluster can take, until the returned function is called. */
function keepProposing({ world, workload, scenario }: Simulation): () => void {
  let proposing = true
  const gap = Math.max(scenario.config.electionTimeout / 4, scenario.workload.leastGap)
  const propose = (): void => {
    if (!proposing) return
    const leader = workload.leader()
    if (leader !== null) workload.propose(leader)
    world.schedule(new Call(propose), world.now + gap)
  }
  propose()
  return () => {
    proposing = false
  }
}

/** Runs until `reached`. False if the true time `until` came first. */
function runUntil({ world, operator }: Simulation, until: number, reached: () => boolean): boolean {
  for (;;) {
    operator.retireRemoved()
    if (reached()) return true
    if (!world.step(until)) return reached()
  }
}

/** Waits until every member takes part. False if an operator would have to found the cluster anew. */
function awaitFounding(simulation: Simulation): boolean {
  const { world, nodes, nemesis, scenario } = simulation
  // A member that was removed before has stopped, and need not take part.
  const isFounded = (): boolean =>
    nodes.every(
      ({ lost, isNewcomer, founded, retired, stoppedByItself }) =>
        lost || isNewcomer || founded || retired || stoppedByItself,
    )
  const until = world.now + FOUNDED_WITHIN * scenario.config.electionTimeout
  if (runUntil(simulation, until, isFounded)) return true
  if (nemesis.namesakes.mayPreventFounding) return false
  const waiting = nodes.filter(({ up, founded }) => up && !founded)
  const awaited = waiting.map(({ id, replica }) => `${id} waits for ${replica.identities.awaited.join(', ')}`)
  throw new Violation(
    'HEAL',
    `the cluster is not founded ${FOUNDED_WITHIN} election timeouts after the faults stopped: ${awaited.join('; ')}`,
  )
}

/** For a cluster that only elects: all members follow one leader, which holds a lease if there are leases. */
function followsOneLeader({ world, workload, operator, scenario }: Simulation): boolean {
  const leader = workload.leader()
  if (leader === null) return false
  const { raft, clock } = leader
  if (scenario.config.lease && clock.at(world.now) >= raft.leaseDeadline) return false
  return operator.members.every((node) => node.raft.leader === leader.id && node.raft.term === raft.term)
}

function canSpareOne({ nodes, committed }: Simulation): boolean {
  const { voters, outgoing } = committed.configuration
  return voters.length >= 3 && outgoing.length === 0 && !nodes.some(({ lost, retired }) => lost || retired)
}

/**
 * Keeps one member down, the leader if there is one. The others must serve without it, with the logs and
 * votes that the faults have left. Then it comes back.
 */
function failOver(simulation: Simulation): void {
  const { world, nodes, workload, scenario, committed, survivors } = simulation
  const { electionTimeout } = scenario.config
  const lost = workload.leader() ?? nodes[0]!
  if (!survivors.haveStateWithout(lost)) return
  lost.crash()
  const more = allowance(simulation)
  const until = world.now + (APPLIED_WITHIN + more) * electionTimeout
  const freshFrom = workload.writes.length + 1
  const stopProposing = keepProposing(simulation)
  let looked = committed.length
  const isServed = (): boolean => {
    for (; looked < committed.length; looked++)
      if (writeOf(committed.entries[looked]!) >= freshFrom) return true
    return false
  }
  const reached = runUntil(simulation, until, isServed)
  stopProposing()
  if (!reached)
    throw new Violation(
      'HEAL',
      `without ${lost.id} no fresh proposal is committed ${APPLIED_WITHIN + more} election timeouts after the faults stopped: ${stateOf(simulation)}`,
    )
  if (world.trace !== null) world.log(`— ${lost.id} comes back —`)
  lost.start()
}

function stateOf({ nodes, committed }: Simulation): string {
  return nodes
    .filter(({ up }) => up)
    .map(
      ({ id, raft, log }) => `${id} ${raft.role} T${raft.term} commit ${raft.commit} last ${log.lastIndex}`,
    )
    .concat(`members: ${describeConfiguration(committed.configuration)}`)
    .join('; ')
}

/** Every member has applied everything that is committed, and has no other entries in its log. */
export function hasConverged({ committed, operator }: Simulation): boolean {
  const last = committed.entries.at(-1)
  // The leader leaves a joint configuration of this kind.
  const isBeingLeft = committed.configuration.autoLeave
  // By log matching, logs with the same end are equal.
  return (
    !isBeingLeft &&
    operator.isSettled &&
    operator.members.every(
      ({ machine, log, disk }) =>
        machine.index === committed.length &&
        log.lastIndex === committed.length &&
        disk.durableLog.lastIndex === committed.length &&
        disk.durableLog.last.term === (last?.term ?? 0),
    )
  )
}

/** Stops the faults and waits for the cluster. False if it cannot recover. */
export function heal(simulation: Simulation): boolean {
  const { world, nemesis, workload, reads, operator, committed, scenario } = simulation
  const { sessions } = workload
  nemesis.stop()
  workload.stop()
  reads.stop()
  simulation.storeClients.stop()
  operator.stop()
  world.log('— faults stop —')
  const timeout = scenario.config.electionTimeout
  if (!awaitFounding(simulation)) return false
  sessions.askOnly(() => operator.members)
  if (scenario.oneStaysDown && canSpareOne(simulation)) failOver(simulation)
  const healed = world.now
  const more = allowance(simulation)
  const after = (timeouts: number): number => healed + (timeouts + more) * timeout
  const failed = (what: string, timeouts: number): false => {
    throw new Violation(
      'HEAL',
      `${what} ${timeouts + more} election timeouts after the faults stopped (${committed.length} entries are committed): ${stateOf(simulation)}`,
    )
  }

  if (!runUntil(simulation, after(LEADER_WITHIN), () => workload.leader() !== null))
    return failed('no leader', LEADER_WITHIN)

  const readEverywhere = (): void => {
    for (const member of operator.members)
      reads.readUntilServed(member, timeout, () => operator.members.includes(member))
  }

  if (scenario.config.electionOnly) {
    readEverywhere()
    const done = (): boolean => followsOneLeader(simulation) && reads.retrying === 0
    if (!runUntil(simulation, after(APPLIED_WITHIN), done))
      return failed('not all members follow one leader and answer reads', APPLIED_WITHIN)
    runUntil(simulation, after(CONVERGED_WITHIN), () => false)
    return true
  }

  // A late membership change, with writes right after it.
  if (scenario.operator.gap < Number.POSITIVE_INFINITY) {
    const leader = workload.leader()!
    operator.attempt()
    workload.propose(leader)
    workload.propose(leader)
  }

  const converged = (): boolean => hasConverged(simulation)
  let late = 0
  if (scenario.idleFirst) {
    late = IDLE_FOR
    sessions.held = true
    if (!runUntil(simulation, after(LEADER_WITHIN + IDLE_FOR), converged))
      return failed('without a proposal, logs differ', LEADER_WITHIN + IDLE_FOR)
    sessions.held = false
  }

  const freshFrom = workload.writes.length + 1
  const stopProposing = keepProposing(simulation)
  readEverywhere()
  let looked = committed.length
  let fresh = 0
  const freshIsApplied = (): boolean => {
    for (; fresh === 0 && looked < committed.length; looked++)
      if (writeOf(committed.entries[looked]!) >= freshFrom) fresh = looked + 1
    return fresh > 0 && operator.members.every((node) => node.machine.index >= fresh)
  }
  const done = (): boolean => freshIsApplied() && sessions.pending.length === 0 && reads.retrying === 0
  if (!runUntil(simulation, after(APPLIED_WITHIN + late), done)) {
    if (!freshIsApplied()) return failed('no fresh proposal is applied everywhere', APPLIED_WITHIN + late)
    return failed(
      `${sessions.pending.length} clients still wait for their writes, ${reads.retrying} for their reads,`,
      APPLIED_WITHIN + late,
    )
  }
  stopProposing()

  if (!runUntil(simulation, after(CONVERGED_WITHIN + late), converged))
    return failed('logs differ', CONVERGED_WITHIN + late)
  if (!runUntil(simulation, after(STOPPED_WITHIN + late), () => operator.removedHaveStopped))
    return failed('members that were removed run on', STOPPED_WITHIN + late)
  return true
}

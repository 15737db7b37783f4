// HEAL: once the faults have stopped the cluster must elect a leader within 10 election timeouts, apply a fresh proposal
// everywhere within 20, and become one log. Without pre-vote a candidate that cannot win restarts the others' timers (as in
// etcd/raft), so elections are a game of chance with more rounds: 15 election timeouts more. A member that was left far behind
// may take longer, an entry a message on a slow link, but then it must get nearer all the time.
import { describeConfiguration } from './quorum.ts'
import type { Simulation } from './simulation.ts'
import { Violation } from './violation.ts'
import { writeOf } from './workload.ts'
import { Call } from './world.ts'

const LEADER_WITHIN = 10
const APPLIED_WITHIN = 20
const CONVERGED_WITHIN = 30
/** Where nobody proposes at first: a new leader has to commit what it found by itself. */
const IDLE_FOR = 10
const MORE_WITHOUT_PREVOTE = 15

/** Runs until `reached`; false when true time `until` came first. */
function runUntil({ world, operator }: Simulation, until: number, reached: () => boolean): boolean {
  for (;;) {
    operator.retireRemoved()
    if (reached()) return true
    if (!world.step(until)) return reached()
  }
}

/** As `runUntil`, and then for as long as the member that is furthest behind comes nearer, in each two election timeouts. */
function runWhileCatchingUp(simulation: Simulation, until: number, reached: () => boolean): boolean {
  const { operator, scenario } = simulation
  const slowest = (): number =>
    Math.min(...operator.members.map(({ machine }) => machine.index)) +
    Math.min(...operator.members.map(({ disk }) => disk.durableLog.lastIndex))
  let deadline = until
  for (
    let before = slowest();
    !runUntil(simulation, deadline, reached);
    deadline += 2 * scenario.config.electionTimeout
  ) {
    const now = slowest()
    if (now <= before) return false
    before = now
  }
  return true
}

/** Stops the faults and waits for the cluster. False: it cannot be expected to come back. */
export function heal(simulation: Simulation): boolean {
  const { world, nodes, nemesis, workload, reads, operator, committed, scenario } = simulation
  nemesis.stop()
  workload.stop()
  reads.stop()
  operator.stop()
  world.log('— faults stop —')
  const timeout = scenario.config.electionTimeout
  const healed = world.now
  const more = scenario.config.preVote ? 0 : MORE_WITHOUT_PREVOTE
  const after = (timeouts: number): number => healed + (timeouts + more) * timeout
  const state = (): string =>
    nodes
      .filter(({ up }) => up)
      .map(
        ({ id, raft, log }) => `${id} ${raft.role} T${raft.term} commit ${raft.commit} last ${log.lastIndex}`,
      )
      .concat(`members: ${describeConfiguration(committed.configuration)}`)
      .join('; ')

  const failed = (what: string, timeouts: number): false => {
    throw new Violation(
      'HEAL',
      `${what} ${timeouts + more} election timeouts after the faults stopped (${committed.length} entries are committed): ${state()}`,
    )
  }

  if (!runUntil(simulation, after(LEADER_WITHIN), () => workload.leader() !== null))
    return failed('no leader', LEADER_WITHIN)

  // A change at the last moment, and writes right behind it.
  if (scenario.operator.gap < Number.POSITIVE_INFINITY) {
    const leader = workload.leader()!
    operator.attempt()
    workload.propose(leader)
    workload.propose(leader)
  }

  // A joint configuration of this kind is left by whoever leads.
  const isBeingLeft = (): boolean => committed.configuration.autoLeave

  // By log matching, logs that end alike are alike.
  const converged = (): boolean => {
    const last = committed.entries.at(-1)
    return (
      !isBeingLeft() &&
      operator.members.every(
        ({ machine, log, disk }) =>
          machine.index === committed.length &&
          log.lastIndex === committed.length &&
          disk.durableLog.lastIndex === committed.length &&
          disk.durableLog.last.term === (last?.term ?? 0),
      )
    )
  }
  let late = 0
  if (scenario.idleFirst) {
    late = IDLE_FOR
    if (!runWhileCatchingUp(simulation, after(LEADER_WITHIN + IDLE_FOR), converged))
      return failed('without a proposal, logs differ', LEADER_WITHIN + IDLE_FOR)
  }

  const freshFrom = workload.writes.length + 1
  let proposing = true
  const propose = (): void => {
    if (!proposing) return
    const leader = workload.leader()
    if (leader !== null) workload.propose(leader)
    world.schedule(new Call(propose), world.now + timeout / 4)
  }
  propose()
  let looked = committed.length
  let fresh = 0
  const freshIsApplied = (): boolean => {
    for (; fresh === 0 && looked < committed.length; looked++)
      if (writeOf(committed.entries[looked]!) >= freshFrom) fresh = looked + 1
    return fresh > 0 && operator.members.every((node) => node.machine.index >= fresh)
  }
  if (!runWhileCatchingUp(simulation, after(APPLIED_WITHIN + late), freshIsApplied))
    return failed('no fresh proposal is applied everywhere', APPLIED_WITHIN + late)
  proposing = false

  if (!runWhileCatchingUp(simulation, after(CONVERGED_WITHIN + late), converged))
    return failed('logs differ', CONVERGED_WITHIN + late)
  return true
}

// HEAL: once the faults have stopped the cluster must elect a leader within 10 election timeouts, apply a fresh proposal
// everywhere within 20, and become one log. Without pre-vote a candidate that cannot win restarts the others' timers (as in
// etcd/raft), so elections are a game of chance with more rounds: 15 election timeouts more.
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
function runUntil({ world }: Simulation, until: number, reached: () => boolean): boolean {
  while (!reached()) if (!world.step(until)) return reached()
  return true
}

/** Stops the faults and waits for the cluster. */
export function heal(simulation: Simulation): void {
  const { world, nodes, nemesis, workload, committed, scenario } = simulation
  nemesis.stop()
  workload.stop()
  world.log('— faults stop —')
  const timeout = scenario.config.electionTimeout
  const healed = world.now
  const more = scenario.config.preVote ? 0 : MORE_WITHOUT_PREVOTE
  const after = (timeouts: number): number => healed + (timeouts + more) * timeout
  const state = (): string =>
    nodes
      .map(
        ({ id, raft, log }) => `${id} ${raft.role} T${raft.term} commit ${raft.commit} last ${log.lastIndex}`,
      )
      .join('; ')

  if (!runUntil(simulation, after(LEADER_WITHIN), () => workload.leader() !== null))
    throw new Violation(
      'HEAL',
      `no leader ${LEADER_WITHIN + more} election timeouts after the faults stopped: ${state()}`,
    )

  // By log matching, logs that end alike are alike.
  const converged = (): boolean => {
    const last = committed.entries.at(-1)
    return nodes.every(
      ({ machine, log, disk }) =>
        machine.index === committed.length &&
        log.lastIndex === committed.length &&
        disk.durableLog.lastIndex === committed.length &&
        disk.durableLog.last.term === (last?.term ?? 0),
    )
  }
  let late = 0
  if (scenario.idleFirst) {
    late = IDLE_FOR
    if (!runUntil(simulation, after(LEADER_WITHIN + IDLE_FOR), converged))
      throw new Violation(
        'HEAL',
        `without a proposal, logs differ ${LEADER_WITHIN + IDLE_FOR + more} election timeouts after the faults stopped (${committed.length} entries are committed): ${state()}`,
      )
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
    return fresh > 0 && nodes.every((node) => node.machine.index >= fresh)
  }
  if (!runUntil(simulation, after(APPLIED_WITHIN + late), freshIsApplied))
    throw new Violation(
      'HEAL',
      `no fresh proposal is applied everywhere ${APPLIED_WITHIN + late + more} election timeouts after the faults stopped: ${state()}`,
    )
  proposing = false

  if (!runUntil(simulation, after(CONVERGED_WITHIN + late), converged))
    throw new Violation(
      'HEAL',
      `logs differ ${CONVERGED_WITHIN + late + more} election timeouts after the faults stopped (${committed.length} entries are committed): ${state()}`,
    )
}

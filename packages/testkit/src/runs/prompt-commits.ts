// PROMPT: a healed, calm cluster commits a write, and its members learn so, as soon as messages and disks
// allow (paper §5.3: a leader sends new entries at once). Without this check a cluster that waits for the
// next heartbeat looks healthy, only slow.
import { isMember } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import type { Simulation } from './simulation.ts'

const WRITES = 8
/** The times between writes: no multiple of a heartbeat interval. */
const GAP = 1.37

/** The bytes of an entry beside the client's padding, at most. */
const HEADERS = 40

/** The longest time, in ms, that a message takes to arrive and to be written. */
function longestStep({ scenario: { network, disk, node, workload } }: Simulation): number {
  const sent = (HEADERS + workload.padding) / network.rate
  return sent + 1.6 * network.latency + 12 * network.jitter + 2 * disk.latency + 2 * node.turnLength
}

/** Proposes some writes, one at a time, and checks when each is committed, and known to be committed. */
export function checkPromptCommits(simulation: Simulation): void {
  const { world, nodes, workload, committed, scenario } = simulation
  const { config, own, network } = scenario
  // To the follower and back; then the news that it is committed.
  const committedWithin = 2 * longestStep(simulation)
  const knownWithin = 3 * longestStep(simulation)
  const { configuration } = committed
  if (config.electionOnly || Object.keys(own).length > 0 || configuration.outgoing.length > 0) return
  if (knownWithin > config.heartbeatInterval / 2) return
  const members = nodes.filter(({ id, up }) => up && isMember(configuration, id))
  const runUntil = (until: number, reached: () => boolean): boolean => {
    while (!reached()) if (!world.step(until)) return reached()
    return true
  }
  for (let write = 0; write < WRITES; write++) {
    runUntil(world.now + GAP * config.heartbeatInterval, () => false)
    const leader = workload.leader()
    if (leader === null) return
    const { term } = leader.raft
    const before = leader.log.lastIndex
    // A member that still catches up, or still writes a snapshot, may learn of the write later.
    if (members.some(({ raft, disk }) => raft.commit < before || disk.busy)) continue
    // Copies of earlier entries may still be on their way.
    const waits = simulation.network.backlog
    const began = world.now
    if (workload.propose(leader) === null) return
    const isCommitted = (): boolean => committed.length > before
    // The news may overtake the entry on a link that reorders; then it is repeated with a heartbeat.
    const isKnown = (): boolean => !network.ordered || members.every(({ raft }) => raft.commit > before)
    const wasPrompt =
      runUntil(began + waits + committedWithin, isCommitted) && runUntil(began + waits + knownWithin, isKnown)
    if (wasPrompt || leader.raft.role !== 'leader' || leader.raft.term !== term) continue
    throw new Violation(
      'PROMPT',
      isCommitted()
        ? `write ${before + 1} of ${leader.id} is committed, but not every member knows it after ${knownWithin.toFixed(1)} ms`
        : `${leader.id} has not committed a write after ${committedWithin.toFixed(1)} ms; heartbeats come every ${config.heartbeatInterval} ms`,
    )
  }
}

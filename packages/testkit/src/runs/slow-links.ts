// LINK: a link that is slow but works costs no leadership (thesis §10.2.2; laneOf of @oarlock/runtime). In a
// healed, calm cluster all links get a rate at which some writes take longer than an election timeout. The
// leader must stay, since heartbeats do not wait behind entries, and the writes are committed.
import { Violation } from '../world/index.ts'
import { keepsItsLeader } from './keeps-its-leader.ts'
import { isPrompt } from './service.ts'
import type { Simulation } from './simulation.ts'

const WRITES = 5
/** In the shortest election timeouts: how long the links need for these writes. */
const TAKES = 2
/** In the longest ones: how long they may take. */
const COMMITTED_WITHIN = 8
/** The bytes of an entry beside its command, at most. */
const HEADERS = 40

export function checkSlowLinks(simulation: Simulation): void {
  if (!keepsItsLeader(simulation, 2) || !isPrompt(simulation)) return
  const { world, network, workload, committed, scenario } = simulation
  const { electionTimeout } = scenario.config
  const leader = workload.leader()
  if (leader === null) return
  const { term } = leader.raft
  const before = leader.log.lastIndex
  // A member that still catches up gets the same entries again with each heartbeat, which would fill its
  // link.
  const catchesUp = [...leader.raft.inspect().progress.values()].some(
    ({ state, match }) => state !== 'replicate' || match < before,
  )
  if (committed.length < before || catchesUp) return
  const command = workload.propose(leader)?.command
  if (command === undefined) return
  const longest = Math.max(command.length, scenario.workload.padding) + HEADERS
  // Heartbeats come as often as the shortest timeout of all needs, and fill a link that is slower than that.
  const shortest = Math.min(...simulation.nodes.map(({ config }) => config.electionTimeout))
  network.limit((WRITES * longest) / (TAKES * shortest))
  for (let more = WRITES - 1; more > 0; more--) workload.propose(leader)
  const until = world.now + COMMITTED_WITHIN * electionTimeout
  // The leader has no room for some of them in clusters with small limits. Others go on to propose.
  const arrived = world.now + electionTimeout / 10
  while (world.step(arrived));
  const last = Math.max(before + 1, leader.log.lastIndex)
  const isDone = (): boolean => committed.length >= last
  const leads = (): boolean => leader.raft.role === 'leader' && leader.raft.term === term
  while (leads() && !isDone() && world.step(until));
  network.limit(Number.POSITIVE_INFINITY)
  const drained = world.now + network.backlog + TAKES * electionTimeout
  while (world.step(drained));
  if (!leads())
    throw new Violation('LINK', `${leader.id} lost the leadership of term ${term} while its links were slow`)
  if (!isDone())
    throw new Violation(
      'LINK',
      `${leader.id} has not committed its writes on slow links after ${COMMITTED_WITHIN} election timeouts`,
    )
}

// Leaving in order, so that the others need no election timeout: tasks end first, then leadership is handed over.
import type { Millis, NodeId, Raft } from '@oarlock/core'
import { MemberClosedError } from '../errors.ts'
import type { Driver } from './driver.ts'
import type { LeaderInfo } from './election.ts'
import type { LeadTasks } from './lead.ts'
import type { Latest } from './observe.ts'
import type { Settings } from './options.ts'
import type { Proposals } from './proposals.ts'
import type { Reachable } from './reachable.ts'
import type { Reign } from './reign.ts'
import { happensBefore } from './wait.ts'

export interface Closing<Command, Result> {
  readonly raft: Raft
  readonly driver: Driver
  readonly proposals: Proposals<Result>
  readonly reign: Reign
  readonly tasks: LeadTasks
  readonly leaders: Latest<LeaderInfo | null>
  readonly settings: Settings<Command, Result>
  readonly refuseProposals: () => void
}

export async function closeGently<Command, Result>(closing: Closing<Command, Result>): Promise<void> {
  const { raft, reign, proposals, refuseProposals, settings } = closing
  // The leadership is still held: tasks may finish what they were at, and record it.
  reign.warn(new MemberClosedError('the member is closing', 'not-a-write'))
  await drainTasks({ tasks: closing.tasks, settings })
  const { clock, config } = settings
  const until = clock.now() + config.electionTimeout
  if (raft.role === 'leader') await handOver(closing, until)
  refuseProposals()
  // What is already in a leader's hands is known within a round trip, if at all.
  await happensBefore(clock, until, (done) => proposals.whenNoneHanded(done))
}

/** What `drainTasks` needs. */
export interface Draining {
  readonly tasks: LeadTasks
  readonly settings: Pick<Settings<unknown, unknown>, 'clock' | 'drainTimeout' | 'logger' | 'config'>
}

/** Waits for the tasks that have been told to end, no longer than the drain time-out. */
export async function drainTasks({ tasks, settings }: Draining): Promise<void> {
  const { clock, drainTimeout, logger, config } = settings
  const ended = await happensBefore(clock, clock.now() + drainTimeout, (done) => {
    void tasks.ended().then(done)
    return () => {}
  })
  if (!ended) logger.warn({ id: config.id, drainTimeout }, 'lead tasks did not end in time')
}

/**
 * To the most caught-up member that can be reached, or to the next one if that one goes away as well (a whole cluster may
 * be shutting down). Returns when another leads, when nobody is left, or at `until`.
 */
async function handOver<Command, Result>(closing: Closing<Command, Result>, until: Millis): Promise<void> {
  const { raft, driver, leaders, settings } = closing
  const anotherLeads = () => leaders.value !== null && leaders.value.id !== settings.config.id
  while (raft.role === 'leader') {
    const successor = mostCaughtUp(raft, driver.reachable)
    if (successor === null) return
    driver.transfer(successor)
    let gone = false
    await happensBefore(settings.clock, until, (happened) => {
      const unlisten = leaders.listen(() => {
        if (anotherLeads()) happened()
      })
      const unwatch = driver.reachable.onLost((peer) => {
        gone = peer === successor
        if (gone) happened()
      })
      return () => {
        unlisten()
        unwatch()
      }
    })
    if (!gone) return
  }
}

function mostCaughtUp(raft: Raft, reachable: Reachable): NodeId | null {
  let best: NodeId | null = null
  let match = -1
  for (const [peer, progress] of raft.inspect().progress) {
    if (!reachable.has(peer) || progress.learner || progress.match <= match) continue
    best = peer
    match = progress.match
  }
  return best
}

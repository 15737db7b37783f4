// What an isolated member answers to probes. Its thread tells what it would answer itself, and the
// application's thread adds what only this one knows: that the member closes, and that its thread does not
// run. Nothing waits for the worker.
import { duration, type Millis, type NodeId } from '@oarlock/core'
import {
  type ElectionState,
  type Health,
  type HealthReason,
  healthOf,
  takesNoPart,
  wantsRestart,
} from '@oarlock/runtime'

/** Nothing that a member does takes so long, in ms. */
const longestSilence: Millis = 30_000

export interface IsolatedHealthFacts {
  readonly id: NodeId
  /** In the application's thread. */
  readonly state: ElectionState
  readonly failure: unknown
  readonly electionTimeout: Millis
  /** For how long the thread of the member has not run, in ms. */
  readonly silence: Millis
  /** What the thread has said last. */
  readonly said: Health
}

export const isolatedLiveness = (facts: IsolatedHealthFacts): Health =>
  healthOf(reasons(facts, longestSilence))

/** A member whose thread does not run for an election timeout takes no part. */
export const isolatedReadiness = (facts: IsolatedHealthFacts): Health =>
  healthOf(reasons(facts, facts.electionTimeout, takesNoPart(facts)))

function reasons(
  { id, state, failure, electionTimeout, silence, said }: IsolatedHealthFacts,
  longest: Millis,
  takesNoPart: readonly HealthReason[] = [],
): HealthReason[] {
  if (state === 'closed' || state === 'stopped')
    return [...wantsRestart({ id, state, failure, electionTimeout, writePendingFor: null }), ...takesNoPart]
  const silent: HealthReason[] =
    silence < longest
      ? []
      : [{ kind: 'thread-silent', text: `The thread of ${id} has not run for ${duration(silence)}.` }]
  // The thread learns of the end later.
  return [...silent, ...(takesNoPart.length > 0 ? takesNoPart : said.reasons)]
}

// Publishes the events of elections on channels of node:diagnostics_channel. The metrics are built on them. A
// subscriber asks the `election` of a message for what is wrong: `status()` and `why()`.
import { type Channel, channel } from 'node:diagnostics_channel'
import type { Fence, LeaderInfo } from 'oarlock'

/** The outcome of a call that only the leader carries out. */
export type CallOutcome = 'ran' | 'skipped' | 'refused' | 'forwarded'

interface EventOf<Service> {
  readonly election: Service
}

/** The message of each channel. `Service` is the type of the election it names: see ElectionEvents. */
export interface ElectionEventsOf<Service> {
  /** This instance was elected. */
  'oarlock:elected': EventOf<Service> & { readonly fence: Fence }
  /** This instance's leadership is over, or is about to be handed over. */
  'oarlock:revoked': EventOf<Service> & { readonly fence: Fence; readonly reason: Error }
  /** Another leader is known here, or none. */
  'oarlock:leader': EventOf<Service> & { readonly leader: LeaderInfo | null }
  /** This instance had to leave the election. */
  'oarlock:stopped': EventOf<Service> & { readonly reason: Error }
  /** A call for the leader only: a @LeaderOnly method, runIfLeader, a request to a LeaderInterceptor. */
  'oarlock:call': EventOf<Service> & { readonly what: string; readonly outcome: CallOutcome }
}

type EventName = keyof ElectionEventsOf<unknown>

/** The channel of that name. ElectionEvents has the type of its messages. */
export const electionChannel = (name: EventName): Channel => channel(name)

export function publish<Service, Name extends EventName>(
  name: Name,
  message: ElectionEventsOf<Service>[Name],
): void {
  const known = electionChannel(name)
  if (known.hasSubscribers) known.publish(message)
}

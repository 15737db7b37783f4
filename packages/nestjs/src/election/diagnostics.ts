// What happens in elections, for whoever subscribes to these channels of node:diagnostics_channel. Metrics are made of them.
import { type Channel, channel } from 'node:diagnostics_channel'
import type { Fence, LeaderInfo } from 'oarlock'
import type { LeaderElectionService } from './service.ts'

/** What became of a call that only the leader carries out. */
export type CallOutcome = 'ran' | 'skipped' | 'refused' | 'forwarded'

interface Happened {
  readonly election: LeaderElectionService
}

/** The message of each channel. */
export interface ElectionEvents {
  /** This instance was elected. */
  'oarlock:elected': Happened & { readonly fence: Fence }
  /** This instance's leadership is over, or is about to be handed over. */
  'oarlock:revoked': Happened & { readonly fence: Fence; readonly reason: Error }
  /** Who leads, as it is known here, is another one. */
  'oarlock:leader': Happened & { readonly leader: LeaderInfo | null }
  /** A @LeaderOnly method was called, or runIfLeader, or a request came to a LeaderInterceptor. */
  'oarlock:call': Happened & { readonly what: string; readonly outcome: CallOutcome }
}

/** The channel of that name. Its messages are of the type that ElectionEvents says. */
export const electionChannel = (name: keyof ElectionEvents): Channel => channel(name)

export function publish<Name extends keyof ElectionEvents>(name: Name, message: ElectionEvents[Name]): void {
  const known = electionChannel(name)
  if (known.hasSubscribers) known.publish(message)
}

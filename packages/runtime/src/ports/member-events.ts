// What happens to a member, for those who watch it: the messages, and the port that carries them.
import type { Index, Millis, NodeId, Term } from '@oarlock/core'

/** One event: of this member, with these fields. */
type Of<Fields> = Fields & { readonly id: NodeId; readonly cluster: string }

/** The messages, by the names of their channels. Fields may be added in any release. */
export interface MemberEvents {
  /** The member has read its log and listens. */
  'oarlock:member:started': Of<{ readonly address: string | null }>
  /** Leadership begins or ends here. `reason`: the error of its `signal`; null when it begins. */
  'oarlock:member:leadership': Of<{
    readonly held: boolean
    readonly fence: number
    readonly reason: Error | null
  }>
  /** Another leader is known here, or none. */
  'oarlock:member:leader': Of<{ readonly leader: NodeId | null; readonly fence: number | null }>
  /** An election begins here: a round of pre-votes, or a candidacy by timeout or by transfer. */
  'oarlock:member:election': Of<{
    readonly reason: 'pre-vote' | 'timeout' | 'transfer'
    readonly term: Term
  }>
  /** The membership has changed. Also for changes of the past, while a start replays the log. */
  'oarlock:member:membership': Of<{
    readonly version: Index
    readonly members: Readonly<Record<NodeId, 'voter' | 'learner' | 'witness'>>
  }>
  /** A snapshot was taken, received or restored; or it was not, and `error` says why. */
  'oarlock:member:snapshot': Of<{
    readonly what: 'taken' | 'received' | 'restored' | 'failed' | 'damaged'
    readonly index: Index | null
    readonly bytes: number | null
    readonly error: Error | null
  }>
  /**
   * The event loop, or the thread of an isolated member, was blocked for `delay` ms: half an election timeout
   * or longer.
   */
  'oarlock:member:stall': Of<{ readonly delay: Millis; readonly electionTimeout: Millis }>
  /** The member is closed. `error`: why it had to stop; null if it was told to close. */
  'oarlock:member:stopped': Of<{ readonly error: unknown }>
}

export type MemberChannel = keyof MemberEvents

/** Carries the messages to those who listen. */
export interface EventSink {
  /** Calls `message` at once if somebody listens, and never otherwise. Delivers it after this turn. */
  publish<Name extends MemberChannel>(name: Name, message: () => MemberEvents[Name]): void
}

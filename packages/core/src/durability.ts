// What must be on disk before a message may leave (thesis §3.8). effect.ts says how the runtime carries that
// out.
import type { Envelope } from './message.ts'
import type { HardState } from './types.ts'

/**
 * Answers to votes and appends publish a promise that a crash must not take back: they wait for the write of
 * the state they depend on. Refusals wait too, as they may rest on a term or an entry that is not durable
 * yet.
 */
export function waitsForWrite({ message }: Envelope): boolean {
  return (
    message.type === 'voteResponse' || message.type === 'preVoteResponse' || message.type === 'appendResponse'
  )
}

/**
 * Term and vote bind this node for ever, and a longer promise until it is over. A commit index that is lost
 * is learned again.
 */
export function hardStateMustSync(before: HardState, now: HardState): boolean {
  return now.term !== before.term || now.vote !== before.vote || now.promise > before.promise
}

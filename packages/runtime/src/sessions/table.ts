// The table of sessions (thesis §6.3): which commands of each session are applied, and with what answers. It
// is replicated state: only applying changes it, every snapshot has it, and it goes by leader time. So all
// members take the same decision at the same command.
//
// Its limits are part of the log's meaning, and no options: members with different limits would differ in
// their states.
import type { Index, Millis } from '@oarlock/core'
import type { Answer, SessionRefusal } from './answer.ts'
import type { SessionPlace } from './session-command.ts'

/** There are at most so many sessions. */
export const mostSessions = 10_000
/** So many commands of a session may be open: from the first that is not acknowledged on. */
export const mostOpenCommands = 4096
/** The bytes of all answers that are kept. A larger answer is not kept. */
export const mostAnswerBytes: number = 16 * 1024 * 1024

export interface StoredSession {
  /** It expires when it was not used for so long, in ms of leader time. */
  readonly timeout: Millis
  usedAt: Millis
  /** Nobody needs the answers to lower numbers. */
  acknowledged: number
  readonly answers: Map<number, Answer>
}

/** Thesis §6.3: by the clock of the log, which is the same on all members. */
export function hasExpired(
  { usedAt, timeout }: Pick<StoredSession, 'usedAt' | 'timeout'>,
  now: Millis,
): boolean {
  return now - usedAt > timeout
}

export class SessionTable {
  /** By the index of the entry that opened it, in that order. */
  readonly #sessions = new Map<number, StoredSession>()
  #answerBytes = 0

  get size(): number {
    return this.#sessions.size
  }

  /** Opens the session of this index. False: there are too many. */
  open(index: Index, timeout: Millis, now: Millis): boolean {
    for (const [other, session] of this.#sessions) if (hasExpired(session, now)) this.close(other)
    if (this.#sessions.size >= mostSessions) return false
    this.#sessions.set(index, { timeout, usedAt: now, acknowledged: 1, answers: new Map() })
    return true
  }

  close(session: number): void {
    const found = this.#sessions.get(session)
    if (found === undefined) return
    for (const answer of found.answers.values()) this.#answerBytes -= bytesOf(answer)
    this.#sessions.delete(session)
  }

  /** What to do with this command: apply it, answer as the first time, or refuse it. */
  begin(
    { session, number, acknowledged }: SessionPlace,
    now: Millis,
  ): 'apply' | { readonly answer: Answer } | { readonly refused: SessionRefusal } {
    const found = this.#sessions.get(session)
    if (found === undefined) return { refused: 'expired' }
    if (hasExpired(found, now)) {
      this.close(session)
      return { refused: 'expired' }
    }
    found.usedAt = now
    this.#acknowledge(found, acknowledged)
    if (number < found.acknowledged) return { refused: 'acknowledged' }
    const answer = answerTo(found, number)
    if (answer !== undefined) return { answer }
    return number < found.acknowledged + mostOpenCommands ? 'apply' : { refused: 'too-many' }
  }

  #acknowledge(session: StoredSession, acknowledged: number): void {
    if (acknowledged <= session.acknowledged) return
    session.acknowledged = acknowledged
    for (const [number, answer] of session.answers)
      if (number < acknowledged) {
        this.#answerBytes -= bytesOf(answer)
        session.answers.delete(number)
      }
  }

  /** The command that was begun last is applied, with this answer. */
  keep({ session, number }: SessionPlace, answer: Answer): void {
    const found = this.#sessions.get(session)
    if (found === undefined) return
    const fits = this.#answerBytes + bytesOf(answer) <= mostAnswerBytes
    const kept = fits ? answer : 'dropped'
    found.answers.set(number, kept)
    this.#answerBytes += bytesOf(kept)
  }

  /** For snapshots. */
  entries(): IterableIterator<[number, Readonly<StoredSession>]> {
    return this.#sessions.entries()
  }

  /** A snapshot replaces the state. */
  restore(sessions: Iterable<[number, StoredSession]>): void {
    this.#sessions.clear()
    this.#answerBytes = 0
    for (const [index, session] of sessions) {
      this.#sessions.set(index, session)
      for (const answer of session.answers.values()) this.#answerBytes += bytesOf(answer)
    }
  }
}

const bytesOf = (answer: Answer): number => (typeof answer === 'string' ? 0 : answer.length)

/** Thesis §6.3: a command that is applied already is answered as the first time, and not applied again. */
export function answerTo(session: Pick<StoredSession, 'answers'>, number: number): Answer | undefined {
  return session.answers.get(number)
}

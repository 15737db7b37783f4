// The bytes of the table of sessions in a snapshot, together with the leader time that it goes by.
//
//   leader time (6) | sessions (4) | for each: index (6), timeout (6), used at (6), acknowledged (6), answers (4)
//     for each answer: number (6), kind (1); if the kind is `result`: length (4), bytes
import type { Millis } from '@oarlock/core'
import { SnapshotDamagedError } from '../errors.ts'
import { setUint48, uint48At } from '../proposals/index.ts'
import type { Answer } from './answer.ts'
import type { SessionTable, StoredSession } from './table.ts'

const marks = ['nothing', 'invalid', 'dropped'] as const
const result: number = marks.length

const headBytes = 10
const sessionBytes = 28
const answerBytes = 7

function lengthOf(table: SessionTable): number {
  let length = headBytes
  for (const [, { answers }] of table.entries()) {
    length += sessionBytes
    for (const answer of answers.values())
      length += answerBytes + (typeof answer === 'string' ? 0 : 4 + answer.length)
  }
  return length
}

export function encodeTable(table: SessionTable, leaderTime: Millis): Uint8Array {
  const bytes = new Uint8Array(lengthOf(table))
  const view = new DataView(bytes.buffer)
  setUint48(bytes, 0, leaderTime)
  view.setUint32(6, table.size)
  let at = headBytes
  for (const [index, { timeout, usedAt, acknowledged, answers }] of table.entries()) {
    setUint48(bytes, at, index)
    setUint48(bytes, at + 6, timeout)
    setUint48(bytes, at + 12, usedAt)
    setUint48(bytes, at + 18, acknowledged)
    view.setUint32(at + 24, answers.size)
    at += sessionBytes
    for (const [number, answer] of answers) {
      setUint48(bytes, at, number)
      bytes[at + 6] = typeof answer === 'string' ? marks.indexOf(answer) : result
      at += answerBytes
      if (typeof answer === 'string') continue
      view.setUint32(at, answer.length)
      bytes.set(answer, at + 4)
      at += 4 + answer.length
    }
  }
  return bytes
}

/** Restores the table, and returns the leader time. Throws SnapshotDamagedError. */
export function decodeTable(bytes: Uint8Array, table: SessionTable): Millis {
  const reader = new Reader(bytes)
  const leaderTime = reader.uint48()
  const sessions: [number, StoredSession][] = []
  for (let left = reader.uint32(); left > 0; left--) {
    const index = reader.uint48()
    const session: StoredSession = {
      timeout: reader.uint48(),
      usedAt: reader.uint48(),
      acknowledged: reader.uint48(),
      answers: new Map(),
    }
    for (let answers = reader.uint32(); answers > 0; answers--) {
      const number = reader.uint48()
      session.answers.set(number, reader.answer())
    }
    sessions.push([index, session])
  }
  table.restore(sessions)
  return leaderTime
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length)
      throw new SnapshotDamagedError('the table of sessions in a snapshot is cut short')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  uint48(): number {
    return uint48At(this.take(6), 0)
  }

  uint32(): number {
    const bytes = this.take(4)
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  }

  answer(): Answer {
    const kind = this.take(1)[0]!
    // A copy, so that it does not hold the whole snapshot in memory. `slice` of a Buffer would be a view.
    return marks[kind] ?? new Uint8Array(this.take(this.uint32()))
  }
}

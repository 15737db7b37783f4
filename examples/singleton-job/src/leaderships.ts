// Reads the members' journals, and finds out whether two leaderships were ever held at once.
import { closeSync, openSync, readSync } from 'node:fs'
import type { JournalLine } from './journal.ts'

/** One leadership according to its journal. Times are in machine time, in ms. */
export interface LeadershipInterval {
  readonly member: string
  /** The start of the cluster that it belongs to. Times of different sessions cannot be compared. */
  readonly session: number
  readonly fence: number
  readonly from: number
  /** The last deadline of its lease. */
  readonly until: number
  /** When its process saw it end, or null if the process was killed before. */
  readonly ended: number | null
}

/** The strictest interpretation: a killed leader counts until its lease would have run out. */
export const leadershipEnd = ({ until, ended }: LeadershipInterval): number =>
  ended === null ? until : Math.min(until, ended)

/** For how long two or more of these leaderships were held at once, in ms. */
export function overlap(leaderships: readonly LeadershipInterval[]): number {
  let total = 0
  for (const session of new Set(leaderships.map((one) => one.session))) {
    let covered = Number.NEGATIVE_INFINITY
    let counted = Number.NEGATIVE_INFINITY
    const ofSession = leaderships.filter((one) => one.session === session)
    for (const one of ofSession.toSorted((a, b) => a.from - b.from)) {
      const end = leadershipEnd(one)
      // The part inside an earlier leadership that is not counted yet.
      const from = Math.max(one.from, counted)
      const to = Math.min(end, covered)
      if (to > from) {
        total += to - from
        counted = to
      }
      covered = Math.max(covered, end)
    }
  }
  return total
}

/** The problems with the fences, in words: each fence must be greater than the one before. */
export function fenceFaults(leaderships: readonly LeadershipInterval[]): string[] {
  const inOrder = leaderships.toSorted((a, b) => a.session - b.session || a.from - b.from)
  const faults: string[] = []
  for (const [i, { member, fence }] of inOrder.entries()) {
    const before = inOrder[i - 1]
    if (before !== undefined && fence <= before.fence)
      faults.push(`fence ${fence} of ${member} came after fence ${before.fence} of ${before.member}`)
  }
  return faults
}

export interface JournalSource {
  readonly member: string
  readonly session: number
  readonly path: string
}

interface Followed extends JournalSource {
  /** How many bytes have been read. */
  read: number
  /** The incomplete last line. */
  rest: string
  current: LeadershipInterval | null
}

/** Follows journals that are still being written. */
export class JournalReader {
  readonly #journals: readonly Followed[]
  readonly #earlier: LeadershipInterval[] = []

  constructor(sources: readonly JournalSource[]) {
    this.#journals = sources.map((source) => ({ ...source, read: 0, rest: '', current: null }))
  }

  /** Reads the new lines since the last call, and returns all leaderships known so far. */
  poll(): LeadershipInterval[] {
    for (const journal of this.#journals) {
      const lines = (journal.rest + readOn(journal)).split('\n')
      journal.rest = lines.pop() ?? ''
      // An incomplete line was torn by a SIGKILL during the write.
      for (const line of lines)
        if (line.endsWith('}')) this.#addLine(journal, JSON.parse(line) as JournalLine)
    }
    return [...this.#earlier, ...this.#journals.flatMap(({ current }) => current ?? [])]
  }

  #addLine(journal: Followed, { fence, from, until, ended }: JournalLine): void {
    const { member, session, path, current } = journal
    if (from !== undefined) {
      if (current !== null) this.#earlier.push(current)
      journal.current = { member, session, fence, from, until, ended: null }
    } else if (current?.fence === fence) {
      journal.current = { ...current, until, ended: ended ?? null }
    } else {
      throw new Error(`${path}: fence ${fence} continues but never began`)
    }
  }
}

function readOn(journal: Followed): string {
  let file: number
  try {
    file = openSync(journal.path, 'r')
  } catch (error) {
    // A member has no journal before its process has started.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
  try {
    const chunk = Buffer.alloc(64 * 1024)
    let text = ''
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, journal.read)
      if (length === 0) return text
      journal.read += length
      text += chunk.toString('latin1', 0, length)
    }
  } finally {
    closeSync(file)
  }
}

// Reads the members' journals and finds out whether two leaderships were ever held at one instant.
import { closeSync, openSync, readSync } from 'node:fs'
import type { JournalLine } from './journal.ts'

/** One leadership as its journal tells it. Times are machine time, in ms. */
export interface LeadershipInterval {
  readonly member: string
  /** Which start of the cluster it belongs to; times of different sessions do not compare. */
  readonly session: number
  readonly fence: number
  readonly from: number
  /** The last deadline of its lease. */
  readonly until: number
  /** When its process saw it end; null if it was killed before. */
  readonly ended: number | null
}

/** The strictest reading: a leader that was killed still counts until its lease would have run out. */
export const leadershipEnd = ({ until, ended }: LeadershipInterval): number =>
  ended === null ? until : Math.min(until, ended)

/** How long, in ms, two or more of these leaderships were held at once. */
export function overlap(leaderships: readonly LeadershipInterval[]): number {
  let total = 0
  for (const session of new Set(leaderships.map((one) => one.session))) {
    let covered = Number.NEGATIVE_INFINITY
    let counted = Number.NEGATIVE_INFINITY
    const ofSession = leaderships.filter((one) => one.session === session)
    for (const one of ofSession.toSorted((a, b) => a.from - b.from)) {
      const end = leadershipEnd(one)
      // What is both inside an earlier leadership and not counted yet.
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

/** What is wrong with the fences, in words: each must be greater than the one before, and no two the same. */
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
  /** How much of it was read, in bytes; and of that, what is not a whole line yet. */
  read: number
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

  /** Reads what has come since the last call; gives all leaderships known by now. */
  poll(): LeadershipInterval[] {
    for (const journal of this.#journals) {
      const lines = (journal.rest + readOn(journal)).split('\n')
      journal.rest = lines.pop() ?? ''
      // A line without its end was torn by a SIGKILL inside the write.
      for (const line of lines) if (line.endsWith('}')) this.#take(journal, JSON.parse(line) as JournalLine)
    }
    return [...this.#earlier, ...this.#journals.flatMap(({ current }) => current ?? [])]
  }

  #take(journal: Followed, { fence, from, until, ended }: JournalLine): void {
    const { member, session, path, current } = journal
    if (from !== undefined) {
      if (current !== null) this.#earlier.push(current)
      journal.current = { member, session, fence, from, until, ended: null }
    } else if (current?.fence === fence) {
      journal.current = { ...current, until, ended: ended ?? null }
    } else {
      throw new Error(`${path}: fence ${fence} goes on without having begun`)
    }
  }
}

function readOn(journal: Followed): string {
  let file: number
  try {
    file = openSync(journal.path, 'r')
  } catch (error) {
    // A member that has not begun yet has no journal.
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

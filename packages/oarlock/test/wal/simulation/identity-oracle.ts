// The identity that a log store may hold when it is opened, as a model: its incarnation, its starts, and what
// it knows of the peers.
import type { PeerRecord, Starts, StoredIdentity } from '@oarlock/runtime'
import { Violation } from './oracle.ts'

/** The records that may be found: the last durable one, and one that was submitted after it. */
interface Expected {
  /** Null until the log was opened once. */
  readonly incarnation: string | null
  /** Those up to the last one that was open. */
  readonly starts: Starts
  readonly records: readonly PeerRecord[]
}

export class IdentityOracle {
  #expected: Expected = {
    incarnation: null,
    starts: { count: 0, recent: [] },
    records: [{ founded: false, peers: new Map() }],
  }

  /** What may be found if everything stops now. */
  get expected(): Expected {
    return this.#expected
  }

  /** Goes back to the moment of a crash. */
  backTo(expected: Expected): void {
    this.#expected = expected
  }

  /** A record is submitted. Call the returned function when it is durable. */
  submit(record: PeerRecord): () => void {
    this.#expected = { ...this.#expected, records: [...this.#expected.records, record] }
    return () => {
      this.#expected = { ...this.#expected, records: [record] }
    }
  }

  /** The log was opened with this identity, which is durable. Throws {@link Violation}. */
  found({ incarnation, starts, record }: StoredIdentity): void {
    const { incarnation: known, starts: before, records } = this.#expected
    if (known !== null && incarnation !== known)
      throw new Violation('WHO', `the incarnation was ${known}, and is ${incarnation}`)
    if (starts.count <= before.count || !isPrefix(before.recent, starts.recent))
      throw new Violation('START', `found the starts ${textOf(starts)} after ${textOf(before)}`)
    if (!records.some((possible) => textOfRecord(possible) === textOfRecord(record)))
      throw new Violation(
        'PEERS',
        `found ${textOfRecord(record)}; it may hold ${records.map(textOfRecord).join(', or ')}`,
      )
    this.#expected = { incarnation, starts, records: [record] }
  }
}

const isPrefix = (before: readonly string[], now: readonly string[]): boolean =>
  before.every((token, at) => now[at] === token)

const textOf = ({ count, recent }: Starts): string => `${count} (${recent.join(' ')})`

const textOfRecord = ({ founded, peers }: PeerRecord): string => JSON.stringify([founded, ...peers])

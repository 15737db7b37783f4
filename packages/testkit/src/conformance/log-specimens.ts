// Writes for the log stores' suite, and the contents of a log as plain values.
import { createHash } from 'node:crypto'
import {
  type Entry,
  type HardState,
  index,
  type NodeId,
  type Persist,
  type SnapshotMeta,
  type SnapshotOffer,
  term,
} from '@oarlock/core'
import type { KnownPeer, LogStore, OpenedLog, PeerRecord } from '@oarlock/runtime'

export function hardStateOf(inTerm: number, vote: NodeId | null = null, commit = 0): HardState {
  return { term: term(inTerm), vote, commit: index(commit), promise: inTerm * 100 }
}

/** Entries from `first` on, one for each of `data`. */
export function entriesFrom(
  first: number,
  inTerm: number,
  ...data: readonly (string | Uint8Array)[]
): Entry[] {
  return data.map((item, i) => ({
    term: term(inTerm),
    index: index(first + i),
    type: 'normal',
    data: typeof item === 'string' ? new TextEncoder().encode(item) : item,
  }))
}

export function persistOf(
  part: Partial<Pick<Persist, 'hardState' | 'entries' | 'mustSync' | 'snapshot'>>,
): Persist {
  const write = { sequence: 0, term: term(0), last: null, snapshot: null }
  return { write, hardState: null, entries: [], snapshot: null, mustSync: true, thenSend: [], ...part }
}

export const peerOf = (start: number): KnownPeer => ({
  incarnation: '0123456789abcdef0123456789abcdef',
  start,
  token: '89abcdef',
})

export const noPeers: PeerRecord = { founded: false, peers: new Map() }

/** The ids are not in order, because a store may keep them in an object. */
export const twoPeers: PeerRecord = {
  votesFrom: index(7),
  founded: true,
  peers: new Map([
    ['größter-Knoten', peerOf(3)],
    ['10', peerOf(2 ** 40)],
  ]),
}

export const metaOf = (at: number, inTerm: number): SnapshotMeta => ({
  index: index(at),
  term: term(inTerm),
  configuration: {
    voters: ['a', 'größter-Knoten'],
    outgoing: [],
    learners: ['c'],
    learnersNext: [],
    autoLeave: false,
  },
})

/** Bytes that do not repeat within a block. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** An offer of these bytes, with their SHA-256. */
export function offerOf(at: number, inTerm: number, bytes: Uint8Array): SnapshotOffer {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const snapshot = metaOf(at, inTerm)
  return { type: 'snapshotOffer', term: term(inTerm), snapshot, size: bytes.length, digest, attempt: 1 }
}

/** The contents of a log, as values that `deepEqual` compares. */
export interface LogContents {
  readonly hardState: HardState
  readonly entries: readonly string[]
}

export function contentsOf({ hardState, log }: OpenedLog): LogContents {
  const entries =
    log.lastIndex < log.firstIndex
      ? []
      : log.entries(log.firstIndex, index(log.lastIndex + 1), Number.MAX_SAFE_INTEGER)
  return { hardState, entries: entries.map(entryAsText) }
}

/** The whole entry in one line. */
export function entryAsText({ index, term, type, data }: Entry): string {
  return `${index} ${term} ${type} ${Buffer.from(data).toString('hex')}`
}

/** A store that keeps snapshots. */
export type WithSnapshots = LogStore & Required<Pick<LogStore, 'snapshots' | 'compact'>>

export const withSnapshots = (store: LogStore): WithSnapshots => store as WithSnapshots

/** 'done', or the code of the error. */
export const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? 'an error without a code',
  )

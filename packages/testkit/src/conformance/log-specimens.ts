// Writes for the log stores' suite, and the contents of a log as plain values.
import { type Entry, type HardState, index, type NodeId, type Persist, term } from '@oarlock/core'
import type { KnownPeer, OpenedLog, PeerRecord } from '@oarlock/runtime'

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
  founded: true,
  peers: new Map([
    ['größter-Knoten', peerOf(3)],
    ['10', peerOf(2 ** 40)],
  ]),
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

import type { PeerMessage } from './peer-message.ts'

/**
 * What shares a queue on the way to a peer. `bulk` carries what can be long, `control` everything that
 * elections and leases wait for. A heartbeat behind a megabyte of entries comes too late on a slow link, so
 * no message of one lane may wait for one of the other.
 */
export type Lane = 'control' | 'bulk'

export const lanes: readonly Lane[] = ['control', 'bulk']

const bulky: ReadonlySet<PeerMessage['type']> = new Set([
  'append',
  'propose',
  'snapshot',
  'snapshotOffer',
  'snapshotChunk',
])

/**
 * All appends take one lane, and so keep their order. Answers are short: they take the other one, even those
 * to appends.
 */
export function laneOf({ type }: PeerMessage): Lane {
  return bulky.has(type) ? 'bulk' : 'control'
}

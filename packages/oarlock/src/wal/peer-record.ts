// What the member has recorded of its peers: `peers.json`.
import type { KnownPeer, PeerRecord } from '@oarlock/runtime'
import { decodeChecked, encodeChecked } from './checked-file.ts'

export const PEERS_NAME = 'peers.json'
export const noPeers: PeerRecord = { founded: false, peers: new Map() }

interface Content {
  readonly founded: boolean
  /** A list, because an object would reorder ids that are numbers. */
  readonly peers: readonly ({ readonly id: string } & KnownPeer)[]
}

export function encodePeers({ founded, peers }: PeerRecord, incarnation: Uint8Array): Uint8Array {
  const listed = [...peers].map(([id, { incarnation, start, token }]) => ({ id, incarnation, start, token }))
  return encodeChecked({ founded, peers: listed } satisfies Content, incarnation)
}

/** Null if the file is damaged. */
export function decodePeers(bytes: Uint8Array, incarnation: Uint8Array): PeerRecord | null {
  const content = decodeChecked(bytes, incarnation) as Content | undefined
  if (content === undefined) return null
  return { founded: content.founded, peers: new Map(content.peers.map(({ id, ...peer }) => [id, peer])) }
}

// What the member has recorded of its peers: `peers.json`.
import type { Index } from '@oarlock/core'
import type { Generation, KnownPeer, PeerRecord } from '@oarlock/runtime'
import { decodeChecked, encodeChecked } from './checked-file.ts'

export const PEERS_NAME = 'peers.json'
export const noPeers: PeerRecord = { founded: false, peers: new Map() }

interface Content {
  readonly founded: boolean
  readonly generation?: Generation
  readonly votesFrom?: Index
  /** A list, because an object would reorder ids that are numbers. */
  readonly peers: readonly ({ readonly id: string } & KnownPeer)[]
  readonly founders?: readonly string[]
}

export function encodePeers(
  { founded, generation, votesFrom, peers, founders }: PeerRecord,
  incarnation: Uint8Array,
): Uint8Array {
  const listed = [...peers].map(([id, { incarnation, start, token, address }]) => ({
    id,
    incarnation,
    start,
    token,
    ...(address === undefined ? {} : { address }),
  }))
  const content: Content = {
    founded,
    ...(generation === undefined ? {} : { generation }),
    ...(votesFrom === undefined ? {} : { votesFrom }),
    peers: listed,
    ...(founders === undefined ? {} : { founders }),
  }
  return encodeChecked(content, incarnation)
}

/** Null if the file is damaged. */
export function decodePeers(bytes: Uint8Array, incarnation: Uint8Array): PeerRecord | null {
  const content = decodeChecked(bytes, incarnation) as Content | undefined
  if (content === undefined) return null
  const { peers, ...rest } = content
  return { ...rest, peers: new Map(peers.map(({ id, ...peer }) => [id, peer])) }
}

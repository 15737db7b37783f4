import { expect, test } from 'vitest'
import { laneOf } from './lane.ts'
import type { PeerMessage } from './peer-message.ts'

/** A record, so that a new kind of message must be given its lane here. */
const expected: Record<PeerMessage['type'], 'control' | 'bulk'> = {
  append: 'bulk',
  appendResponse: 'control',
  vote: 'control',
  voteResponse: 'control',
  preVote: 'control',
  preVoteResponse: 'control',
  heartbeat: 'control',
  heartbeatResponse: 'control',
  snapshot: 'bulk',
  timeoutNow: 'control',
  transferLeader: 'control',
  propose: 'bulk',
  proposeResponse: 'control',
  readIndex: 'control',
  readIndexResponse: 'control',
  snapshotOffer: 'bulk',
  snapshotChunk: 'bulk',
  snapshotProgress: 'control',
  store: 'control',
}

test('what leases and elections wait for shares no lane with entries, snapshots and proposals', () => {
  const lanes = Object.keys(expected).map((type) => [type, laneOf({ type } as PeerMessage)])
  expect(Object.fromEntries(lanes)).toEqual(expected)
})

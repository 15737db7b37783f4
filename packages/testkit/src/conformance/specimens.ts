// One message of each kind, with no field at its default: for tests of codecs and transports.
import type { Index, Term } from '@oarlock/core'
import type { PeerMessage } from '@oarlock/runtime'

const t = (value: number): Term => value as Term
const i = (value: number): Index => value as Index
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

export const specimens: { readonly [T in PeerMessage['type']]: Extract<PeerMessage, { readonly type: T }> } =
  {
    append: {
      type: 'append',
      term: t(7),
      prev: { term: t(6), index: i(41) },
      entries: [
        { term: t(7), index: i(42), type: 'normal', data: bytes(1, 2, 3) },
        { term: t(7), index: i(43), type: 'configuration', data: bytes() },
      ],
      commit: i(40),
    },
    appendResponse: {
      type: 'appendResponse',
      term: t(7),
      index: i(43),
      rejected: true,
      hint: { term: t(5), index: i(39) },
    },
    vote: { type: 'vote', term: t(8), last: { term: t(7), index: i(43) }, transfer: true },
    voteResponse: {
      type: 'voteResponse',
      term: t(8),
      granted: true,
      committed: { term: t(7), index: i(42) },
    },
    preVote: { type: 'preVote', term: t(8), last: { term: t(7), index: i(43) }, transfer: true },
    preVoteResponse: {
      type: 'preVoteResponse',
      term: t(8),
      granted: true,
      committed: { term: t(7), index: i(42) },
    },
    heartbeat: {
      type: 'heartbeat',
      term: t(8),
      commit: i(43),
      sentAt: 1234.5,
      round: 6,
      successorPriority: 3,
      heldByAll: i(41),
    },
    heartbeatResponse: {
      type: 'heartbeatResponse',
      term: t(8),
      sentAt: 1234.5,
      round: 6,
      priority: 2,
      promise: 500,
    },
    snapshot: {
      type: 'snapshot',
      term: t(8),
      snapshot: {
        index: i(43),
        term: t(7),
        configuration: {
          voters: ['a', 'b'],
          outgoing: ['a', 'ç'],
          learners: ['d'],
          learnersNext: ['e'],
          autoLeave: true,
        },
      },
    },
    timeoutNow: { type: 'timeoutNow', term: t(8) },
    transferLeader: { type: 'transferLeader', term: t(8), to: 'node-ü' },
    propose: { type: 'propose', request: 17, entries: [{ type: 'normal', data: bytes(9, 8) }] },
    proposeResponse: {
      type: 'proposeResponse',
      request: 17,
      at: { term: t(8), index: i(44) },
      reason: 'no-leader',
    },
    readIndex: { type: 'readIndex', request: 18, policy: 'lease' },
    readIndexResponse: { type: 'readIndexResponse', request: 18, index: i(43) },
    snapshotOffer: {
      type: 'snapshotOffer',
      term: t(8),
      snapshot: {
        index: i(43),
        term: t(7),
        configuration: { voters: ['a'], outgoing: [], learners: [], learnersNext: [], autoLeave: false },
      },
      size: 2 ** 33,
      digest: 'c0ffee',
      attempt: 2,
    },
    snapshotChunk: {
      type: 'snapshotChunk',
      snapshot: { term: t(7), index: i(43) },
      digest: 'c0ffee',
      offset: 2 ** 32,
      bytes: bytes(1, 2, 3),
    },
    snapshotProgress: {
      type: 'snapshotProgress',
      term: t(8),
      snapshot: { term: t(7), index: i(43) },
      attempt: 2,
      received: 2 ** 32,
    },
    store: { type: 'store', bytes: bytes(5, 6) },
  }

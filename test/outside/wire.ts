// Messages in etcd/raft's terms, as the cases print them. Each message of the core becomes one of these.
import type { Entry, Envelope, HardState, Payload, Persist, RequestId, SnapshotMeta } from '@oarlock/core'
import { index, term } from '@oarlock/core'

/** The two local threads of etcd's asynchronous storage writes. */
export const appendThread = 'AppendThread'
export const applyThread = 'ApplyThread'

export interface WireMessage {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly term: number
  readonly logTerm: number
  readonly index: number
  readonly rejected: boolean
  readonly hint: number
  readonly commit: number
  readonly vote: string | null
  readonly entries: readonly Entry[]
  readonly snapshot: SnapshotMeta | null
  readonly responses: readonly WireMessage[]
}

type Fields = Partial<WireMessage> & Pick<WireMessage, 'from' | 'to' | 'type'>

const message = (fields: Fields): WireMessage => ({
  term: 0,
  logTerm: 0,
  index: 0,
  rejected: false,
  hint: 0,
  commit: 0,
  vote: null,
  entries: [],
  snapshot: null,
  responses: [],
  ...fields,
})

const unplaced = (payload: Payload): Entry => ({ ...payload, term: term(0), index: index(0) })

/** In etcd, the name of a read travels as the data of an entry. */
const requestEntry = (request: RequestId): Entry =>
  unplaced({ type: 'normal', data: new TextEncoder().encode(`${request}`) })

export function wireMessage({ from, to, message: body }: Envelope): WireMessage {
  switch (body.type) {
    case 'append':
      return message({
        from,
        to,
        type: 'MsgApp',
        term: body.term,
        logTerm: body.prev.term,
        index: body.prev.index,
        commit: body.commit,
        entries: body.entries,
      })
    case 'appendResponse':
      return message({
        from,
        to,
        type: 'MsgAppResp',
        term: body.term,
        index: body.index,
        ...(body.rejected && { rejected: true, hint: body.hint.index, logTerm: body.hint.term }),
      })
    case 'vote':
    case 'preVote':
      return message({
        from,
        to,
        type: body.type === 'vote' ? 'MsgVote' : 'MsgPreVote',
        term: body.term,
        logTerm: body.last.term,
        index: body.last.index,
      })
    case 'voteResponse':
    case 'preVoteResponse':
      return message({
        from,
        to,
        type: body.type === 'voteResponse' ? 'MsgVoteResp' : 'MsgPreVoteResp',
        term: body.term,
        rejected: !body.granted,
      })
    case 'heartbeat':
      return message({ from, to, type: 'MsgHeartbeat', term: body.term, commit: body.commit })
    case 'heartbeatResponse':
      return message({ from, to, type: 'MsgHeartbeatResp', term: body.term })
    case 'snapshot':
      return message({ from, to, type: 'MsgSnap', term: body.term, snapshot: body.snapshot })
    case 'timeoutNow':
      return message({ from, to, type: 'MsgTimeoutNow', term: body.term })
    case 'transferLeader':
      // In etcd, the target takes the sender's place.
      return message({ from: body.to, to, type: 'MsgTransferLeader', term: body.term })
    case 'propose':
      return message({ from, to, type: 'MsgProp', entries: body.entries.map(unplaced) })
    case 'readIndex':
      return message({ from, to, type: 'MsgReadIndex', entries: [requestEntry(body.request)] })
    case 'readIndexResponse':
      return message({
        from,
        to,
        type: 'MsgReadIndexResp',
        index: body.index,
        entries: [requestEntry(body.request)],
      })
    case 'proposeResponse':
      return message({ from, to, type: 'ProposeResponse' }) // etcd has no such message: always a difference
  }
}

/** The kinds of messages that etcd's RawNode refuses from a node that is not a member. */
export const responseTypes: ReadonlySet<string> = new Set([
  'MsgAppResp',
  'MsgVoteResp',
  'MsgPreVoteResp',
  'MsgHeartbeatResp',
  'MsgReadIndexResp',
])

/** A write as a message to the append thread. The hard state travels in the message's own fields. */
export function storageAppend(
  id: string,
  { entries, snapshot }: Persist,
  hardState: HardState | null,
  responses: readonly WireMessage[],
): WireMessage {
  const state = hardState && { term: hardState.term, vote: hardState.vote, commit: hardState.commit }
  return message({
    from: id,
    to: appendThread,
    type: 'MsgStorageAppend',
    ...state,
    entries,
    snapshot,
    responses,
  })
}

export function storageAppendResponse(id: string, { write, snapshot }: Persist): WireMessage {
  return message({
    from: appendThread,
    to: id,
    type: 'MsgStorageAppendResp',
    term: write.term,
    logTerm: write.last?.term ?? 0,
    index: write.last?.index ?? 0,
    snapshot,
  })
}

export function storageApply(id: string, entries: readonly Entry[]): WireMessage {
  return message({
    from: id,
    to: applyThread,
    type: 'MsgStorageApply',
    entries,
    responses: [storageApplyResponse(id, entries)],
  })
}

export function storageApplyResponse(id: string, entries: readonly Entry[]): WireMessage {
  return message({ from: applyThread, to: id, type: 'MsgStorageApplyResp', entries })
}

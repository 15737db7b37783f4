// raftq's published example compiles unchanged. These are its lines that depend most on the types.
import {
  type RaftDataBody,
  type RaftDataResponseBody,
  type RaftEventType,
  type RaftLogBody,
  type RaftMessageType,
  type RaftNode,
  type RaftNodeId,
  type RaftPersistAgent,
  type RaftPersistentData,
  Raftq,
  type RaftqOptions,
  RaftRole,
  type RaftServerCrashedBody,
  type RaftServiceStartedBody,
  type RaftUpdateDataBody,
  type RaftVoteRequestBody,
  type RaftVoteResponseBody,
} from '@oarlock/raftq'
import { expect, it } from 'vitest'

it('the types fit the loop over the wire events, and the shutdown', () => {
  const raft = new Raftq({
    heartbeat: 100,
    minimumElectionTime: 200,
    maximumElectionTime: 800,
    persistAgent: {
      async persist(node, data) {
        JSON.stringify([node.id, data])
      },
      async restore(node) {
        return node.id === 'x' ? JSON.parse('{}') : undefined
      },
    },
  })
  const mapping: { [key in RaftEventType]?: RaftEventType } = { voteRequest: 'voteRequestReceived' }
  for (const action in mapping) {
    const eventName = action as RaftEventType
    raft.subscribe(eventName, async (message) => `${message.destination.id} ${message.timeout}`)
  }
  const nodes = ['5050'].map<RaftNode>((port) => ({ id: String(port), time: Date.now() }))
  const action = 'ackNode' as RaftEventType
  raft.dispatch(action, JSON.parse(JSON.stringify(nodes[0])))
  const leave = () => {
    raft.getNode().time = 0
    return raft.dispatch('serviceCrashed', { reason: String(1) })
  }
  expect(leave).toThrow('serviceStarted')
  expect(raft.getFollowers()).toEqual(nodes)
})

it('RaftRole is looked up in both directions, like the enum', () => {
  const role: RaftRole = RaftRole.LEADER
  expect([RaftRole.CANDIDATE, RaftRole.FOLLOWER, role]).toEqual([1, 2, 3])
  expect([1, 2, 3].map((each) => RaftRole[each as RaftRole])).toEqual(['CANDIDATE', 'FOLLOWER', 'LEADER'])
})

/** All types that raftq exports, by their names there. */
type Names = {
  RaftDataBody: RaftDataBody
  RaftDataResponseBody: RaftDataResponseBody
  RaftLogBody: RaftLogBody
  RaftNodeId: RaftNodeId
  RaftPersistAgent: RaftPersistAgent
  RaftPersistentData: RaftPersistentData
  RaftqOptions: RaftqOptions
  RaftServerCrashedBody: RaftServerCrashedBody
  RaftServiceStartedBody: RaftServiceStartedBody
  RaftUpdateDataBody: RaftUpdateDataBody
  RaftVoteRequestBody: RaftVoteRequestBody
  RaftVoteResponseBody: RaftVoteResponseBody
}

it('every type of raftq exists, and every event has a type', async () => {
  const started: Names['RaftServiceStartedBody'] = { node: { id: 0, address: 'kept' } as RaftNode }
  const options: Names['RaftqOptions'] = {
    heartbeat: 100,
    minimumElectionTime: 200,
    maximumElectionTime: 800,
    persistAgent: { persist: async () => {}, restore: async () => null },
  }
  const message: RaftMessageType['serviceStarted'] = started
  const raft = new Raftq(options)
  await raft.dispatch('serviceStarted', message)
  expect(raft.getNode()).toEqual({ id: 0, address: 'kept' })
  await raft.destroy()
})

// The published example of raftq compiles as it is: these are the lines of it that lean on the types most.
import { type RaftEventType, type RaftNode, Raftq } from '@oarlock/raftq'
import { expect, it } from 'vitest'

it('the types carry the loop over the wire events, and the farewell', () => {
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
  expect(leave).toThrow('not started')
  expect(raft.getFollowers()).toEqual(nodes)
})

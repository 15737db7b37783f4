// @oarlock/raftq: raftq's API over Oarlock's core.
//
//   const raft = new Raftq({ persistAgent, members: ['a', 'b', 'c'] })
//   raft.subscribe('syncData', (message) => pipe(message.destination, 'dataReceived', message))
//   // … the same for the three other events over the wire
//   raft.dispatch('ackNode', { id: 'b', time: Date.now() })
//   await raft.dispatch('serviceStarted', { node: { id: 'a', time: Date.now() } })
//   await raft.dispatch('replicateData', { any: 'JSON' }) // resolves when the value is committed

export { EventBus as RaftEventBus, type Listener } from './event-bus.ts'
export type { Json } from './json/index.ts'
export {
  defaultOptions,
  type Outcome,
  type Platform,
  RaftqError,
  type RaftqOptions,
  standardPlatform,
} from './node/index.ts'
export { Raftq } from './raftq.ts'
export * from './types.ts'
export type { ClusterView, GossipMessage, Packet } from './wire/index.ts'

// @oarlock/raftq: raftq's API over Oarlock's core.
//
//   const raft = new Raftq({ persistAgent, members: ['a', 'b', 'c'] })
//   raft.subscribe('syncData', (message) => pipe(message.destination, 'dataReceived', message))   // … and the other three
//   raft.dispatch('ackNode', { id: 'b', time: Date.now() })
//   await raft.dispatch('serviceStarted', { node: { id: 'a', time: Date.now() } })
//   await raft.dispatch('replicateData', { any: 'JSON' })                                           // committed

export { type Outcome, RaftqError } from './errors.ts'
export { EventBus as RaftEventBus, type Listener } from './event-bus.ts'
export { defaultOptions, type RaftqOptions } from './options.ts'
export type { ClusterView, Hello, Packet } from './packet.ts'
export { type Platform, standardPlatform } from './platform.ts'
export { Raftq } from './raftq.ts'
export type { Json } from './shape.ts'
export * from './types.ts'

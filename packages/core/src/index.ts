// @oarlock/core: Raft as a pure, synchronous state machine.
//
//   const raft = new Raft({ config, restored, log, random })
//   raft.step({ type: 'tick' }, now)                     // events in …
//   while (raft.hasEffects) {
//     const { send, persist, apply } = raft.take()       // … effects out
//     network.send(send)
//     if (persist) { disk.write(persist); network.send(persist.thenSend); raft.step({ type: 'persisted', write: persist.write }, now) }
//     for (const entry of apply) machine.apply(entry)
//     if (apply.length) raft.step({ type: 'applied', index: apply.at(-1).index }, now)
//   }
export * from './types.ts'
export * from './message.ts'
export * from './event.ts'
export * from './effect.ts'
export * from './config.ts'
export type { ProgressView, RaftView } from './inspect.ts'
export type { LogReader } from './log/reader.ts'
export { MemoryLog } from './log/memory-log.ts'
export { InvariantError } from './invariant.ts'
export { Raft, type RaftInit } from './raft.ts'
export { standardRules, type Rules } from './rules.ts'

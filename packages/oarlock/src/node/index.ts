// Node's clock, event loop and signals, and the rules of options, for our packages. Not for applications: it
// may change in any release.
export {
  callback,
  checkOptions,
  complaintAbout,
  confidential,
  duration,
  interruptible,
  isText,
  mustBe,
  number,
  oneOf,
  type Rule,
  type Schema,
  text,
  wait,
  withMethods,
} from '@oarlock/runtime'
export { newAbortController } from './abort-controller.ts'
export { processClock } from './clock.ts'
export { nodeEventLoop } from './event-loop.ts'
export { eventSink, memberChannels } from './member-channels.ts'
export { processWide } from './process-wide.ts'
export { shutdownSignal, shutdownSignals } from './shutdown-signals.ts'
export { stderrLogger } from './stderr-logger.ts'
export { newTaskContext } from './task-context.ts'

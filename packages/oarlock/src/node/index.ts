// Node's clock, event loop and signals, for our packages. Not for applications: it may change in any release.
export { interruptible } from '@oarlock/runtime'
export { newAbortController } from './abort-controller.ts'
export { processClock } from './clock.ts'
export { nodeEventLoop } from './event-loop.ts'
export { processWide } from './process-wide.ts'
export { shutdownSignal, shutdownSignals } from './shutdown-signals.ts'
export { stderrLogger } from './stderr-logger.ts'
export { newTaskContext } from './task-context.ts'

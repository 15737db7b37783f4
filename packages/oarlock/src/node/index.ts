// What our packages need of Node: its clock, event loop and signals. Not for applications; may change in any release.
export { newAbortController } from './abort-controller.ts'
export { processClock } from './clock.ts'
export { nodeEventLoop } from './event-loop.ts'
export { shutdownSignals, unhandleable } from './shutdown-signals.ts'

// The parts that a member is made of, for packages that run elections by other means than a member (a broker, say). They are
// not for applications, and change without notice.
export { drainTasks } from './member/close.ts'
export { Driver, type DriverListener } from './member/driver.ts'
export { LeadTasks } from './member/lead.ts'
export type { LeaseLeadership } from './member/leadership.ts'
export { Latest } from './member/observe.ts'
export { quietLogger } from './member/quiet-logger.ts'
export { Reign, type ReignSource } from './member/reign.ts'
export { shutdownSignals, unhandleable } from './member/shutdown.ts'
export { transferLeadership } from './member/transfer.ts'
export { happensBefore } from './member/wait.ts'

// Requests that only the leader may handle.
export { LeaderGuard } from './leader-guard.ts'
export { LeaderInterceptor } from './leader-interceptor.ts'

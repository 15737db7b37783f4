// @oarlock/nestjs/bullmq: queues whose jobs are worked by the leader.
export { LeaderProcessor } from './leader-processor.ts'

// @oarlock/nestjs/bullmq: queues whose jobs only the leader processes.
export { LeaderProcessor } from './leader-processor.ts'

// @oarlock/nestjs/terminus: the health of elections, for @nestjs/terminus 10 and later.
export { ElectionHealthIndicator, type ElectionHealthOptions } from './election-health.ts'

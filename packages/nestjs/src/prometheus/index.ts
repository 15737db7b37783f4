// @oarlock/nestjs/prometheus: metrics of elections, for prom-client.
export { ElectionMetrics, type ElectionMetricsOptions } from './election-metrics.ts'
export { OarlockMetricsModule } from './metrics.module.ts'

// `oarlock/prom-client`, apart from the rest because it needs the package `prom-client`.
export { type RegisterMetricsOptions, registerMetrics } from './metrics/prom-client.ts'

// `oarlock/opentelemetry`, apart from the rest because it needs the package `@opentelemetry/sdk-metrics`.
export { MemberMetricProducer } from './metrics/opentelemetry.ts'

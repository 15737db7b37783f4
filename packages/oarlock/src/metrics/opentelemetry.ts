// The metrics of members for OpenTelemetry. A producer hands out finished histograms, which the instruments of a
// meter cannot observe.

import type { HistogramSnapshot, Labels, MetricFamily } from '@oarlock/runtime'
import { type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { familiesOf, type ObservedMember } from './observed-members.ts'

/**
 * Hands the metrics of members of this process to any reader:
 *
 *     new PeriodicExportingMetricReader({ exporter, metricProducers: [new MemberMetricProducer(member)] })
 *
 * Names and labels are those of docs/monitoring.md, without `_total`.
 */
export class MemberMetricProducer implements MetricProducer {
  readonly #members: readonly ObservedMember[]
  readonly #began: HrTime = hrTime(Date.now())

  constructor(...members: readonly ObservedMember[]) {
    this.#members = members
  }

  async collect(): Promise<CollectionResult> {
    const now = hrTime(Date.now())
    const metrics = familiesOf(this.#members).map((family) => dataOf(family, this.#began, now))
    return {
      resourceMetrics: { resource: noResource, scopeMetrics: [{ scope: { name: 'oarlock' }, metrics }] },
      errors: [],
    }
  }
}

/** A reader ignores the resource of a producer, and uses that of the SDK. */
const noResource: ResourceMetrics['resource'] = {
  attributes: {},
  merge: (other) => other ?? noResource,
  getRawAttributes: () => [],
}

const units: readonly (readonly [suffix: string, unit: string])[] = [
  ['_seconds', 's'],
  ['_bytes', 'By'],
]

/** From ms since the epoch to seconds and nanoseconds. */
const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6]

function dataOf(family: MetricFamily, startTime: HrTime, endTime: HrTime): MetricData {
  const name = family.name.replace(/_total$/, '')
  const unit = units.find(([suffix]) => name.endsWith(suffix))?.[1] ?? '1'
  const descriptor = { name, description: family.help, unit, valueType: ValueType.DOUBLE }
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  const point = <Value>(attributes: Labels, value: Value): DataPoint<Value> => ({
    startTime,
    endTime,
    attributes,
    value,
  })
  if (family.type === 'histogram')
    return {
      ...common,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: family.samples.map(({ labels, value }) => point(labels, histogramOf(value))),
    }
  const dataPoints = family.samples.map(({ labels, value }) => point(labels, value))
  return family.type === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
}

const histogramOf = ({ bounds, counts, count, sum }: HistogramSnapshot): Histogram => ({
  buckets: { boundaries: [...bounds], counts: [...counts] },
  count,
  sum,
})

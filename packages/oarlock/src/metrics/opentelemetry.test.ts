import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { metricFamilies } from '../index.ts'
import { MemberMetricProducer } from '../opentelemetry.ts'

it('hands the metrics of a member to any reader, beside those of the application', async () => {
  await using cluster = await new Cluster<number, number>(3).start()
  const { member } = await cluster.leading()
  await member.propose(1)
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const metricProducers = [new MemberMetricProducer(member)]
  const reader = new PeriodicExportingMetricReader({ exporter, metricProducers })
  const provider = new MeterProvider({ readers: [reader] })
  try {
    provider.getMeter('application').createCounter('orders').add(1)
    await provider.forceFlush()
    const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    expect(scopes.map(({ scope }) => scope.name)).toEqual(expect.arrayContaining(['application', 'oarlock']))
    const { metrics } = scopes.find(({ scope }) => scope.name === 'oarlock')!
    const families = metricFamilies(member.metrics())
    expect(metrics.map(({ descriptor }) => descriptor.name)).toEqual(
      families.map(({ name }) => name.replace(/_total$/, '')),
    )
    const named = (name: string): MetricData => metrics.find(({ descriptor }) => descriptor.name === name)!
    const labels = { cluster: 'oarlock', member: member.id }
    expect(named('oarlock_term')).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      dataPoints: [{ attributes: labels, value: member.status().term }],
    })
    expect(named('oarlock_leaderships_won')).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    })
    const duration = named('oarlock_proposal_duration_seconds')
    expect(duration).toMatchObject({
      descriptor: { unit: 's' },
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [{ attributes: labels, value: { count: 1 } }],
    })
    const { value } = duration.dataPoints[0] as DataPoint<Histogram>
    expect(value.buckets.counts).toHaveLength(value.buckets.boundaries.length + 1)
    expect(named('oarlock_log_disk_bytes').descriptor.unit).toBe('By')
  } finally {
    await provider.shutdown()
  }
})

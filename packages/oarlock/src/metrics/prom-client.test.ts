import { Gauge, Registry, type RegistryContentType } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { prometheusText } from '../index.ts'
import { registerMetrics } from '../prom-client.ts'

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** Only what does not move while the test runs. */
const isSteady = (line: string): boolean => !/_seconds|age|_bytes|round_trip|entries/.test(line)

describe('a registry of prom-client', () => {
  it('has the metrics of a member as prometheusText writes them', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    const registry = new Registry()
    registerMetrics(member, { registry })
    const theirs = lines(await registry.metrics())
    const ours = lines(prometheusText(member.metrics()))
    expect(theirs.filter(isSteady)).toEqual(ours.filter(isSteady))
    const nameOf = (line: string) => line.replace(/ [^ ]+$/, '')
    expect(theirs.map(nameOf)).toEqual(ours.map(nameOf))
  })

  it('asks the member at each scrape', async () => {
    await using cluster = await new Cluster<number, number>(1).start()
    const { member } = await cluster.leading()
    const registry = new Registry()
    registerMetrics([member], { registry })
    const before = await registry.metrics()
    await member.propose(1)
    const after = await registry.metrics()
    const count = (text: string) => Number(/oarlock_proposal_duration_seconds_count\S* (\d+)/.exec(text)![1])
    expect(count(after)).toBe(count(before) + 1)
  })

  it('holds several members of one process', async () => {
    await using cluster = await new Cluster(3).start()
    await cluster.leading()
    const registry = new Registry()
    registerMetrics(cluster.members, { registry })
    expect((await registry.metrics()).match(/^oarlock_term\{/gm)).toHaveLength(3)
  })

  it('writes OpenMetrics as well', async () => {
    await using cluster = await new Cluster(1).start()
    const registry = new Registry<RegistryContentType>()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    registerMetrics(cluster.members, { registry })
    const text = await registry.metrics()
    expect(text).toContain('# TYPE oarlock_leaderships_won counter')
    expect(text).toMatch(/^oarlock_leaderships_won_total\{/m)
    expect(text).toMatch(/# EOF\n$/)
  })

  it('is as before when they are removed, and when one of them could not be registered', async () => {
    await using cluster = await new Cluster(1).start()
    const registry = new Registry()
    const remove = registerMetrics(cluster.members, { registry })
    expect(() => registerMetrics(cluster.members, { registry })).toThrow(/oarlock_up/)
    remove()
    expect(registry.getMetricsAsArray()).toEqual([])
    const taken = new Gauge({ name: 'oarlock_term', help: 'Another.', registers: [registry] })
    expect(() => registerMetrics(cluster.members, { registry })).toThrow(/oarlock_term/)
    expect(registry.getMetricsAsArray()).toEqual([taken])
  })
})

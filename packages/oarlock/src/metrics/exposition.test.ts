import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { type MemberMetrics, metricFamilies, prometheusText } from '../index.ts'

async function metricsOf(size = 1): Promise<MemberMetrics[]> {
  await using cluster = await new Cluster(size).start()
  await cluster.leading()
  return cluster.members.map((member) => member.metrics())
}

const linesAbout = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(name) || line.includes(` ${name} `))

describe('the families', () => {
  it('have the names that Prometheus asks for, each once', async () => {
    const [metrics] = await metricsOf()
    const families = metricFamilies(metrics!)
    const names = families.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^oarlock_[a-z_]+[a-z]$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb)\b/)
      expect(help).toMatch(/^[A-Z0-9].*\.$/)
    }
  })

  it('are all there, whatever the state of the member, and name it in each sample', async () => {
    const all = await metricsOf(3)
    const names = all.map((metrics) => metricFamilies(metrics).map(({ name }) => name))
    expect(names[1]).toEqual(names[0])
    for (const { samples } of metricFamilies(all[1]!))
      for (const { labels } of samples) expect(labels).toMatchObject({ cluster: 'oarlock', member: 'b' })
  })
})

describe('the text for Prometheus', () => {
  it('has a description and a type before the samples of each family', async () => {
    const [metrics] = await metricsOf()
    const text = prometheusText({ ...metrics!, term: 7 as MemberMetrics['term'] })
    expect(linesAbout(text, 'oarlock_term')).toEqual([
      '# HELP oarlock_term The term of the member.',
      '# TYPE oarlock_term gauge',
      'oarlock_term{cluster="oarlock",member="a"} 7',
    ])
    expect(text.endsWith('\n')).toBe(true)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{([a-z_]+="[^"]*",?)+\} [-+0-9.einf]+)$/i)
  })

  it('has cumulative buckets in seconds, a sum and a count', async () => {
    const [metrics] = await metricsOf()
    const write = { bounds: [1, 500], counts: [2, 1, 4], count: 7, sum: 9500 }
    const text = prometheusText({ ...metrics!, log: { ...metrics!.log, write } })
    const labels = 'cluster="oarlock",member="a"'
    expect(linesAbout(text, 'oarlock_log_write_duration_seconds').slice(2)).toEqual([
      `oarlock_log_write_duration_seconds_bucket{${labels},le="0.001"} 2`,
      `oarlock_log_write_duration_seconds_bucket{${labels},le="0.5"} 3`,
      `oarlock_log_write_duration_seconds_bucket{${labels},le="+Inf"} 7`,
      `oarlock_log_write_duration_seconds_sum{${labels}} 9.5`,
      `oarlock_log_write_duration_seconds_count{${labels}} 7`,
    ])
  })

  it('escapes what a label may hold', async () => {
    const [metrics] = await metricsOf()
    const text = prometheusText({ ...metrics!, cluster: 'a"b\\c\nd' })
    expect(text).toContain('oarlock_term{cluster="a\\"b\\\\c\\nd",member="a"}')
  })

  it('describes a family once for several members', async () => {
    const text = prometheusText(...(await metricsOf(3)))
    expect(linesAbout(text, 'oarlock_term')).toHaveLength(2 + 3)
    expect(text.match(/^# TYPE oarlock_term /gm)).toHaveLength(1)
  })

  it('leaves out what is not known', async () => {
    const [metrics] = await metricsOf()
    const text = prometheusText({ ...metrics!, log: { ...metrics!.log, diskBytes: null } })
    expect(linesAbout(text, 'oarlock_log_disk_bytes')).toHaveLength(2)
  })
})

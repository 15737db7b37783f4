// docs/monitoring.md has every metric, and the dashboard and the alerts name no other ones.
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { metricFamilies } from '../../packages/oarlock/src/index.ts'
import { Cluster } from '../../packages/oarlock/test/cluster.ts'
import { read } from './files.ts'

type Families = ReturnType<typeof metricFamilies>

let families: Families
beforeAll(async () => {
  await using cluster = await new Cluster(1).start()
  await cluster.leading()
  families = metricFamilies(cluster.members[0]!.metrics())
})

/** The names of samples that Prometheus has. */
const sampleNames = (): ReadonlySet<string> =>
  new Set(
    families.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )

it('the page has a row for each metric, in the order of the source', () => {
  const rows = families.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`)
  expect(read('docs/monitoring.md')).toContain(['| metric | type | |', '|:--|:--|:--|', ...rows].join('\n'))
})

const expressions = {
  alerts: parse(read('dashboards/alerts.yaml')).groups.flatMap(
    ({ rules }: { rules: { alert: string; expr: string }[] }) =>
      rules.map(({ alert, expr }) => [alert, expr]),
  ),
  dashboard: JSON.parse(read('dashboards/oarlock.json')).panels.flatMap(
    ({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
      targets.map(({ expr }) => [title, expr]),
  ),
}

describe.each(Object.entries(expressions))('the %s', (_file, named) => {
  it.each(named as [string, string][])('%s: each metric exists', (_title, expression) => {
    const names = expression.match(/\boarlock_\w+/g) ?? []
    expect(names).not.toEqual([])
    for (const name of names) expect(sampleNames()).toContain(name)
  })
})

// The metrics of members in a registry of prom-client. A metric there usually holds its own values. These
// ask the members at each scrape instead, so that a histogram is the one that the member has counted.
import type { HistogramSnapshot, MetricFamily, MetricSample } from '@oarlock/runtime'
import { Counter, Gauge, type Registry, register } from 'prom-client'
import { familiesOf, type ObservedMember } from './observed-members.ts'

export interface RegisterMetricsOptions {
  /** Default: prom-client's `register`. */
  readonly registry?: Pick<Registry, 'registerMetric' | 'removeSingleMetric'>
}

/**
 * Registers the metrics of one or several members of this process. A registry takes them once, so pass all members
 * together. Call the returned function to remove them. Throws if the registry has metrics of these names.
 */
export function registerMetrics(
  members: ObservedMember | readonly ObservedMember[],
  { registry = register }: RegisterMetricsOptions = {},
): () => void {
  const scrape = new Scrape('metrics' in members ? [members] : [...members])
  const registered: string[] = []
  const remove = () => {
    for (const name of registered) registry.removeSingleMetric(name)
  }
  for (const family of familiesOf(scrape.members)) {
    try {
      registry.registerMetric(metricOf(family, scrape))
    } catch (error) {
      remove()
      throw error
    }
    registered.push(family.name)
  }
  return remove
}

/** All metrics of one scrape are of one moment. */
class Scrape {
  readonly members: readonly ObservedMember[]
  #families: ReadonlyMap<string, MetricFamily> | null = null

  constructor(members: readonly ObservedMember[]) {
    this.members = members
  }

  family(name: string): MetricFamily {
    if (this.#families === null) {
      this.#families = new Map(familiesOf(this.members).map((family) => [family.name, family]))
      // A registry asks all its metrics before it awaits any.
      queueMicrotask(() => {
        this.#families = null
      })
    }
    return this.#families.get(name)!
  }
}

type Value = MetricSample & { readonly metricName?: string }

function valuesOf(family: MetricFamily): Value[] {
  if (family.type !== 'histogram') return [...family.samples]
  return family.samples.flatMap(({ labels, value }) => histogramValues(family.name, labels, value))
}

/** As prom-client has it: buckets are cumulative. */
function histogramValues(
  name: string,
  labels: Readonly<Record<string, string>>,
  { bounds, counts, count, sum }: HistogramSnapshot,
): Value[] {
  let upTo = 0
  const buckets = bounds.map((bound, at) => {
    upTo += counts[at]!
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: upTo }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

function metricOf({ name, help, type }: MetricFamily, scrape: Scrape): Counter | Gauge {
  const configuration = { name, help, registers: [] }
  // A Histogram hands out its values in a second way, which its types do not show.
  const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration)
  const { get } = metric
  metric.get = async () => {
    // The types of prom-client have numbers for its texts.
    const scraped: object = { type, values: valuesOf(scrape.family(name)) }
    return { ...(await get.call(metric)), ...scraped }
  }
  return metric
}

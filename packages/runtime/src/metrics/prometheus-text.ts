// The text exposition format of Prometheus, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats
import type { HistogramSnapshot } from '../ports/index.ts'
import { type Labels, type MetricFamily, metricFamilies } from './families.ts'
import type { MemberMetrics } from './member-metrics.ts'

/** The content type of a response with `prometheusText`. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The metrics of one or several members of this process, for Prometheus to scrape:
 *
 *     response.setHeader('content-type', prometheusContentType)
 *     response.end(prometheusText(member.metrics()))
 */
export function prometheusText(...members: readonly MemberMetrics[]): string {
  const families = new Map<string, MetricFamily[]>()
  for (const metrics of members)
    for (const family of metricFamilies(metrics)) {
      const same = families.get(family.name)
      if (same === undefined) families.set(family.name, [family])
      else same.push(family)
    }
  let text = ''
  for (const [name, same] of families) {
    const { help, type } = same[0]!
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    for (const family of same) text += linesOf(family)
  }
  return text
}

function linesOf({ name, type, samples }: MetricFamily): string {
  if (type !== 'histogram') return samples.map(({ labels, value }) => line(name, labels, value)).join('')
  return samples.map(({ labels, value }) => histogramLines(name, labels, value)).join('')
}

/** Buckets are cumulative there, and the last one is `+Inf`. */
function histogramLines(
  name: string,
  labels: Labels,
  { bounds, counts, count, sum }: HistogramSnapshot,
): string {
  let text = ''
  let upTo = 0
  for (const [at, bound] of bounds.entries()) {
    upTo += counts[at]!
    text += line(`${name}_bucket`, { ...labels, le: numberText(bound) }, upTo)
  }
  text += line(`${name}_bucket`, { ...labels, le: '+Inf' }, count)
  return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count)
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}{${pairs.join(',')}} ${numberText(value)}\n`
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')

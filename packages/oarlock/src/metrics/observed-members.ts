// The families of one or several members of this process, joined by name.
import { type Member, type MetricFamily, metricFamilies } from '@oarlock/runtime'

/** What is observed of a member. */
export type ObservedMember = Pick<Member<never, never>, 'metrics'>

export function familiesOf(members: readonly ObservedMember[]): readonly MetricFamily[] {
  const joined = new Map<string, MetricFamily>()
  for (const member of members)
    for (const family of metricFamilies(member.metrics())) {
      const known = joined.get(family.name)
      joined.set(family.name, known === undefined ? family : withSamples(known, family))
    }
  return [...joined.values()]
}

/** A name has one type, in all members. */
function withSamples(family: MetricFamily, other: MetricFamily): MetricFamily {
  return { ...family, samples: [...family.samples, ...other.samples] } as MetricFamily
}

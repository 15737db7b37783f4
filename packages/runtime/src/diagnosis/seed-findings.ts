// What a process that joins knows of the addresses that it asks, in sentences.
import { duration, type Finding } from '@oarlock/core'
import { printable } from '../identity/index.ts'
import type { Link } from '../ports/index.ts'
import type { MemberFacts } from './facts.ts'
import { longestText, sentence } from './wording.ts'

type SeedFacts = Pick<MemberFacts, 'id' | 'now' | 'seeds'>

export const seedFindings = ({ id, now, seeds }: SeedFacts): Finding[] =>
  [...seeds].flatMap(([seed, link]) => {
    const text = textOf(id, now, printable(seed), link)
    return text === null
      ? []
      : [{ kind: link.state === 'refused' ? 'refused' : 'unreachable', node: seed, text }]
  })

/** Null: nothing is wrong. */
function textOf(id: string, now: number, seed: string, link: Link): string | null {
  switch (link.state) {
    case 'connected':
      return null
    case 'unreachable':
      if (link.problem === null) return null
      return sentence(
        `The seed ${seed} has given no answer for ${duration(Math.max(0, now - link.since))}: ${printable(link.problem, longestText)}`,
      )
    case 'refused': {
      const detail = printable(link.refusal.detail, longestText)
      return sentence(
        link.by === id
          ? `${id} refuses the seed ${seed}: ${detail}`
          : `The seed ${seed} refuses ${id}: ${detail}`,
      )
    }
    default:
      return link satisfies never
  }
}

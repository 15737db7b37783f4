// A rule that no mutant breaks is a rule that nobody has shown to matter.
import { type Rules, standardRules } from '@oarlock/core'
import { expect, test } from 'vitest'
import { mutants } from './index.ts'

/** Rules that may be broken and nobody notices, and why. */
const unbroken: Partial<Record<keyof Rules, string>> = {
  acknowledgedBehindCommit:
    'leaders probe from where the logs part on, which is not behind the commit: so what begins there is an old message, and what it was about is in the log by now',
  promiseWhenHeard:
    'who knows of a leader refuses by the quorum check, which every lease needs, and after a restart by promiseAtStart: this one is for the moment in between, when the leader is forgotten',
}

const broken = (rule: keyof Rules): string[] =>
  mutants.filter(({ rules }) => rules[rule] !== standardRules[rule]).map(({ name }) => name)

test.each(Object.keys(standardRules) as (keyof Rules)[])(
  '%s is broken by a mutant, or it is said why not',
  (rule) => {
    if (unbroken[rule] === undefined) expect(broken(rule)).not.toEqual([])
    else expect(broken(rule)).toEqual([])
  },
)

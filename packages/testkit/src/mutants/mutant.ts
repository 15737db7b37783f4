// A known bug of real Raft implementations: one rule of the core, or of the runtime around it, replaced by a broken one.
import { type Rules, standardRules } from '@oarlock/core'
import type { RuntimeRules } from '../hardware/index.ts'

export interface Mutant {
  readonly name: string
  /** What is wrong. */
  readonly bug: string
  readonly rules: Rules
  /** Present where it is the runtime that is broken. */
  readonly runtime?: RuntimeRules
  /** Chance finds it slowly: the scenario file that does what it takes, step by step. Null: chance finds it soon. */
  readonly scenario: string | null
}

export const mutant = (name: string, bug: string, broken: Partial<Rules>): Mutant => ({
  name,
  bug,
  rules: { ...standardRules, ...broken },
  scenario: null,
})

/** One that needs a schedule that chance finds slowly. */
export const scripted = (scenario: string, found: Mutant): Mutant => ({ ...found, scenario })

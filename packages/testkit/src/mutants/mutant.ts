// A known bug of real Raft implementations: one rule of the core replaced by a broken one.
import { type Rules, standardRules } from '@oarlock/core'

export interface Mutant {
  readonly name: string
  /** What is wrong. */
  readonly bug: string
  readonly rules: Rules
  /** Chance finds it slowly, so choreography.test.ts does what it takes, step by step. */
  readonly scripted: boolean
}

export const mutant = (name: string, bug: string, broken: Partial<Rules>): Mutant => ({
  name,
  bug,
  rules: { ...standardRules, ...broken },
  scripted: false,
})

export const scripted = (name: string, bug: string, broken: Partial<Rules>): Mutant => ({
  ...mutant(name, bug, broken),
  scripted: true,
})

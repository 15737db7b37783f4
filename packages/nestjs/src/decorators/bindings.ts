// A decorated method finds its application's elections by the instance that it is called on. Nest injects
// them into every instance that it creates of a decorated class. The explorer binds them to instances that a
// factory has made.
import { Inject, Optional } from '@nestjs/common'
import { InvalidOptionsError } from 'oarlock'
import { processWide } from 'oarlock/node'
import { type Elections, electionsToken } from '../application/index.ts'

const bindings = processWide('nestjs.bindings', () => new WeakMap<object, Elections>())
const property = Symbol.for('oarlock.nestjs.elections')

/** Makes Nest inject the elections into the instances of the class with that prototype. */
export function wantElections(prototype: object): void {
  if (Object.hasOwn(prototype, property)) return
  // A setter, so that the instances get no visible property.
  Object.defineProperty(prototype, property, {
    set(this: object, elections: Elections) {
      bindings.set(this, elections)
    },
  })
  Inject(electionsToken)(prototype, property)
  Optional()(prototype, property)
}

export const bindElections = (instance: object, elections: Elections): void => {
  bindings.set(instance, elections)
}

/** Throws InvalidOptionsError if Nest has not made the instance, or if the module is not imported. */
export function electionsOf(instance: unknown, what: string): Elections {
  const elections = typeof instance === 'object' && instance !== null ? bindings.get(instance) : undefined
  if (elections !== undefined) return elections
  throw new InvalidOptionsError(
    `${what} is for the leader only, and its instance knows no election. Let Nest make the instance, in an application that ` +
      'imports OarlockModule.forRoot (in tests, OarlockTestingModule.forRoot)',
  )
}

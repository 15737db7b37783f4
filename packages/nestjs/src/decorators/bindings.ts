// How a decorated method finds the elections of its application: by the instance that it is called on. Nest hands them to each
// instance that it makes of a decorated class, as it does with any property; the explorer, to those that a factory made.
import { Inject, Optional } from '@nestjs/common'
import { InvalidOptionsError } from 'oarlock'
import { Elections } from '../module/elections.ts'

const bindings = new WeakMap<object, Elections>()
const property = Symbol('oarlock elections')

/** Makes Nest hand the elections to the instances of the class with that prototype. */
export function wantElections(prototype: object): void {
  if (Object.hasOwn(prototype, property)) return
  // A setter: so the instances look as they did.
  Object.defineProperty(prototype, property, {
    set(this: object, elections: Elections) {
      bindings.set(this, elections)
    },
  })
  Inject(Elections)(prototype, property)
  Optional()(prototype, property)
}

export const bindElections = (instance: object, elections: Elections): void => {
  bindings.set(instance, elections)
}

/** Throws InvalidOptionsError if Nest has not made the instance, or without the module. */
export function electionsOf(instance: unknown, what: string): Elections {
  const elections = typeof instance === 'object' && instance !== null ? bindings.get(instance) : undefined
  if (elections !== undefined) return elections
  throw new InvalidOptionsError(
    `${what} is for the leader only, and its instance knows no election: it has to be made by Nest, in an application that imports ` +
      'OarlockModule.forRoot (in tests, OarlockTestingModule.forRoot)',
  )
}

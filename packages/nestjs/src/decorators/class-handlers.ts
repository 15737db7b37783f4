// The handlers that a class decorator sets for all instances of its class. @LeaderProcessor() uses them.
import type { Leadership } from 'oarlock'

/** The metadata key of a class's handlers. */
const classHandlersKey = 'oarlock:class-handlers'

export interface ClassHandlers<Instance> {
  readonly election: string
  /** The application has started, and this instance does not lead yet. */
  started(instance: Instance): unknown
  elected(instance: Instance, leadership: Leadership): unknown
  revoked(instance: Instance, reason: Error): unknown
}

export function setClassHandlers<Instance>(target: object, handlers: ClassHandlers<Instance>): void {
  Reflect.defineMetadata(classHandlersKey, handlers, target)
}

export const classHandlersOf = (target: object): ClassHandlers<object> | undefined =>
  Reflect.getMetadata(classHandlersKey, target)

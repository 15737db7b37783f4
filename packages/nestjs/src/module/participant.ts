// A class decorator's way to take part in an election: what its instances do when they are elected, and afterwards.
import type { Leadership } from 'oarlock'

/** Under this key a class says so. */
const participantKey = 'oarlock:participant'

export interface Participant<Instance> {
  readonly election: string
  /** All is ready, and nobody leads here yet. */
  started(instance: Instance): unknown
  elected(instance: Instance, leadership: Leadership): unknown
  revoked(instance: Instance, reason: Error): unknown
}

export function participate<Instance>(target: object, participant: Participant<Instance>): void {
  Reflect.defineMetadata(participantKey, participant, target)
}

export const participantOf = (target: object): Participant<object> | undefined =>
  Reflect.getMetadata(participantKey, target)

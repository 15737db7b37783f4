// Method decorators for what is to be done when something changes in an election.
import { SetMetadata } from '@nestjs/common'
import { defaultElection } from '../election/name.ts'
import type { ElectionHandlers } from '../election/participation.ts'

/** Under this key a method says which changes it is called on. */
export const onElectionKey = 'oarlock:on'

export interface OnElection {
  readonly kind: keyof ElectionHandlers
  readonly election: string
}

/** A method may be called on several changes, in several elections. */
const on =
  (kind: keyof ElectionHandlers, election: string = defaultElection): MethodDecorator =>
  (target, key, descriptor) => {
    const method = descriptor.value as object
    const before: readonly OnElection[] = Reflect.getMetadata(onElectionKey, method) ?? []
    SetMetadata(onElectionKey, [...before, { kind, election }])(target, key, descriptor)
  }

/**
 * Called with the `Leadership` each time this instance was elected. What it does may last as long as the leadership: it must end
 * when `leadership.signal` aborts. It is not called again before it has ended, and shutdown waits for it.
 * What it throws is logged.
 */
export const OnElected = (election?: string): MethodDecorator => on('elected', election)

/**
 * Called with the reason, an Error, each time this instance's leadership is over: LeadershipLostError; or MemberClosedError when
 * the application shuts down: then the leadership is still held, and is handed over when the work has ended.
 * What it throws is logged.
 */
export const OnRevoked = (election?: string): MethodDecorator => on('revoked', election)

/** Called with a `LeaderInfo`, or null, at the start and when another one leads. What it throws is logged. */
export const OnLeaderChange = (election?: string): MethodDecorator => on('leader', election)

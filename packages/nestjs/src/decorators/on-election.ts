// Method decorators for the handlers of changes in an election.
import { SetMetadata } from '@nestjs/common'
import { defaultElection, type ElectionHandlers } from '../election/index.ts'
import { checkElectionArgument, checkIsMethod } from './check-use.ts'

/** The metadata key of the changes that a method handles. */
export const onElectionKey = 'oarlock:on'

export interface OnElection {
  readonly kind: keyof ElectionHandlers
  readonly election: string
}

/** One method may handle several changes, of several elections. */
function on(
  decorator: string,
  kind: keyof ElectionHandlers,
  election: string = defaultElection,
): MethodDecorator {
  checkElectionArgument(decorator, election)
  return (target, key, descriptor) => {
    checkIsMethod(decorator, target, key, descriptor)
    const method = descriptor.value as object
    const before: readonly OnElection[] = Reflect.getMetadata(onElectionKey, method) ?? []
    SetMetadata(onElectionKey, [...before, { kind, election }])(target, key, descriptor)
  }
}

/**
 * Called with the `Leadership` each time this instance is elected. It may run as long as the leadership, and
 * must end when `leadership.signal` aborts. It is not called again before it has ended, and shutdown waits
 * for it. Its errors are logged.
 */
export const OnElected = (election?: string): MethodDecorator => on('OnElected', 'elected', election)

/**
 * Called with the reason, an Error, each time this instance's leadership is over. The reason is a
 * LeadershipLostError, or a MemberClosedError when the application shuts down: then the leadership is still
 * held, and is handed over when the work has ended. Its errors are logged.
 */
export const OnRevoked = (election?: string): MethodDecorator => on('OnRevoked', 'revoked', election)

/** Called with a `LeaderInfo`, or null, at the start and when the leader changes. Its errors are logged. */
export const OnLeaderChange = (election?: string): MethodDecorator => on('OnLeaderChange', 'leader', election)

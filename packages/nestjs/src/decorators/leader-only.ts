// @LeaderOnly(): a method that does its work on the leader, wherever it is called.
import { defaultElection } from '../election/name.ts'
import type { LeaderElectionService } from '../election/service.ts'
import type { Elections } from '../module/elections.ts'
import { electionsOf, wantElections } from './bindings.ts'

export interface LeaderOnlyOptions {
  /**
   * What a call does where the instance does not lead: `skip`, it returns undefined; `throw`, it throws NotLeaderError with the
   * leader's id; `forward`, the module's `forward` carries it out on the leader, and it returns a promise. Default `skip`.
   */
  readonly otherwise?: 'skip' | 'throw' | 'forward'
}

/** Under this key a method says for which leaders it is, the outermost decorator last. */
export const leaderOnlyKey = 'oarlock:leader-only'

export interface LeaderOnlyMark {
  readonly election: string
  readonly otherwise: NonNullable<LeaderOnlyOptions['otherwise']>
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * The method runs if this instance leads, by `held` at that moment. Within, currentLeadership() and @InjectLeadership() give the
 * leadership; shutdown waits for the method, or for the promise that it returns, before it hands over. It may stand above or below
 * `@Cron`, `@Interval` and the like.
 */
export function LeaderOnly(options?: LeaderOnlyOptions): MethodDecorator
export function LeaderOnly(election: string, options?: LeaderOnlyOptions): MethodDecorator
export function LeaderOnly(
  first: string | LeaderOnlyOptions = {},
  second: LeaderOnlyOptions = {},
): MethodDecorator {
  const election = typeof first === 'string' ? first : defaultElection
  const { otherwise = 'skip' } = typeof first === 'string' ? second : first
  const mark: LeaderOnlyMark = { election, otherwise }
  return (target, key, descriptor) => {
    wantElections(target)
    const slot = descriptor as TypedPropertyDescriptor<unknown>
    const method = slot.value as Method
    const call = { target: target.constructor.name, method: String(key) }
    const what = `${call.target}.${call.method}`
    const wrapped: Method = function (...args) {
      const elections = electionsOf(this, what)
      const service = elections.get(election)
      const leadership = service.workable
      if (leadership !== null) {
        service.called(what, 'ran')
        return service.work.run(what, leadership, () => method.apply(this, args))
      }
      return notHere(elections, service, mark, { election, ...call, args })
    }
    slot.value = likeness(method, wrapped)
    const before: readonly LeaderOnlyMark[] = Reflect.getMetadata(leaderOnlyKey, wrapped) ?? []
    Reflect.defineMetadata(leaderOnlyKey, [...before, mark], wrapped)
  }
}

interface Call {
  readonly election: string
  readonly target: string
  readonly method: string
  readonly args: readonly unknown[]
}

function notHere(
  elections: Elections,
  service: LeaderElectionService,
  { election, otherwise }: LeaderOnlyMark,
  call: Call,
): unknown {
  const what = `${call.target}.${call.method}`
  if (otherwise === 'skip') {
    service.called(what, 'skipped')
    return undefined
  }
  const { leader } = service
  const refusal = service.refusal(`${what} is for the leader only`)
  if (otherwise === 'throw') {
    service.called(what, 'refused')
    throw refusal
  }
  if (leader === null || refusal.leader === null) {
    service.called(what, 'refused')
    return Promise.reject(refusal)
  }
  service.called(what, 'forwarded')
  // The explorer has seen to it that there is one.
  return elections.forward(election)!(leader, call)
}

/** With the name, the length and the metadata of the other: what stands below this decorator must be found above it. */
function likeness(method: Method, wrapped: Method): Method {
  for (const name of ['name', 'length'] as const)
    Object.defineProperty(wrapped, name, { value: method[name], configurable: true })
  for (const key of Reflect.getMetadataKeys(method))
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped)
  return wrapped
}

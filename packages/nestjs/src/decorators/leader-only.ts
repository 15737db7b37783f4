// @LeaderOnly(): a method that runs on the leader only, wherever it is called.
import type { LeaderInfo } from 'oarlock'
import { checkOptions, oneOf, type Schema } from 'oarlock/node'
import type { Elections, Forward } from '../application/index.ts'
import { checkName, defaultElection, type LeaderElectionService } from '../election/index.ts'
import { electionsOf, wantElections } from './bindings.ts'
import { checkIsMethod, refuseBare } from './check-use.ts'

export interface LeaderOnlyOptions {
  /**
   * The effect of a call on an instance that does not lead: `skip` returns undefined; `throw` throws
   * NotLeaderError with the leader's id; `forward` lets the module's `forward` carry it out on the leader,
   * and returns a promise. Default `skip`.
   */
  readonly otherwise?: 'skip' | 'throw' | 'forward'
}

/** The metadata key of a method's marks, that of the outermost decorator last. */
export const leaderOnlyKey = 'oarlock:leader-only'

export interface LeaderOnlyMark {
  readonly election: string
  readonly otherwise: NonNullable<LeaderOnlyOptions['otherwise']>
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * The method runs if this instance leads, by `held` at that moment. Within it, currentLeadership() and
 * @InjectLeadership() give the leadership. Shutdown waits for the method, or for the promise that it returns,
 * before it hands over. The decorator may stand above or below `@Cron`, `@Interval` and the like.
 */
export function LeaderOnly(options?: LeaderOnlyOptions): MethodDecorator
export function LeaderOnly(election: string, options?: LeaderOnlyOptions): MethodDecorator
export function LeaderOnly(
  first: string | LeaderOnlyOptions = {},
  second: LeaderOnlyOptions = {},
): MethodDecorator {
  checkArguments(first, second)
  const election = typeof first === 'string' ? first : defaultElection
  const { otherwise = 'skip' } = typeof first === 'string' ? second : first
  const mark: LeaderOnlyMark = { election, otherwise }
  return (target, key, descriptor) => {
    checkIsMethod('LeaderOnly', target, key, descriptor)
    wantElections(target)
    const slot = descriptor as TypedPropertyDescriptor<unknown>
    const method = slot.value as Method
    const call = { target: target.constructor.name, method: String(key) }
    const what = `${call.target}.${call.method}`
    const wrapper: Method = function (...args) {
      const elections = electionsOf(this, what)
      const service = elections.get(election)
      const leadership = service.workable
      if (leadership !== null) {
        service.publishCall(what, 'ran')
        return service.work.run(what, leadership, () => method.apply(this, args))
      }
      return callElsewhere(elections, service, mark, { election, ...call, args })
    }
    copyDescription(method, wrapper)
    slot.value = wrapper
    const before: readonly LeaderOnlyMark[] = Reflect.getMetadata(leaderOnlyKey, wrapper) ?? []
    Reflect.defineMetadata(leaderOnlyKey, [...before, mark], wrapper)
  }
}

/** Without parentheses the arguments are a class or its prototype, and the name of the method. */
function checkArguments(first: unknown, second: unknown): void {
  if (typeof first === 'function' || typeof second === 'string' || typeof second === 'symbol')
    refuseBare('LeaderOnly')
  if (typeof first === 'string') checkName(first, '@LeaderOnly')
  checkOptions(typeof first === 'string' ? second : first, optionRules, '@LeaderOnly')
}

const optionRules: Schema<LeaderOnlyOptions> = { otherwise: oneOf('skip', 'throw', 'forward') }

interface Call {
  readonly election: string
  readonly target: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** The call of a method on an instance that does not lead. */
function callElsewhere(
  elections: Elections,
  service: LeaderElectionService,
  { election, otherwise }: LeaderOnlyMark,
  call: Call,
): unknown {
  const what = `${call.target}.${call.method}`
  if (otherwise === 'skip') {
    service.publishCall(what, 'skipped')
    return undefined
  }
  const { leader } = service
  const error = service.notLeader(`${what} is for the leader only`)
  if (otherwise === 'throw') {
    service.publishCall(what, 'refused')
    throw error
  }
  if (leader === null || error.leader === null) {
    service.publishCall(what, 'refused')
    return Promise.reject(error)
  }
  service.publishCall(what, 'forwarded')
  // The explorer has checked at the start that `forward` is set.
  return forward(elections.forward(election)!, leader, call)
}

/** It is async so that an exception of the application's function becomes a rejection. */
async function forward(carryOut: Forward, leader: LeaderInfo, call: Call): Promise<unknown> {
  return carryOut(leader, call)
}

/**
 * Copies name, length and metadata to the wrapper: other libraries read those of the decorators below from
 * the method above.
 */
function copyDescription(method: Method, wrapper: Method): void {
  for (const name of ['name', 'length'] as const)
    Object.defineProperty(wrapper, name, { value: method[name], configurable: true })
  for (const key of Reflect.getMetadataKeys(method))
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper)
}

// The options of single calls, such as `lead(task, { signal })`.
import { InvalidOptionsError } from '../errors.ts'
import { checkOptions, needed, type OptionRule, type Schema } from './check.ts'
import { abortSignal, duration, isRecord, isThenable, mustBe, number, oneOf, shown, text } from './rules.ts'

const memberId = text("a member's id")
const address = text("a 'host:port'")
const abortRules = { signal: abortSignal }
const readRules = {
  signal: abortSignal,
  consistency: mustBe(
    "'linearizable', 'lease', 'local' or { atLeast: index }",
    (value) =>
      value === 'linearizable' ||
      value === 'lease' ||
      value === 'local' ||
      (isRecord(value) && Number.isSafeInteger(value.atLeast) && (value.atLeast as number) >= 0),
  ),
}
const proposeRules = { signal: abortSignal, retry: oneOf('safe') }
const sessionRules = { signal: abortSignal, timeout: duration }
const transferRules = { signal: abortSignal, to: memberId }

/** Throws InvalidOptionsError. `call` is the call's name, for messages. */
export function checkAbortOptions(call: string, options: unknown): void {
  refuseSignal(call, options)
  checkOptions(options, abortRules, call)
}

/** Throws InvalidOptionsError. */
export function checkProposeOptions(call: string, options: unknown): void {
  refuseSignal(call, options)
  checkOptions(options, proposeRules, call)
}

/** Throws InvalidOptionsError. */
export function checkSessionOptions(call: string, options: unknown): void {
  refuseSignal(call, options)
  checkOptions(options, sessionRules, call)
}

/** Throws InvalidOptionsError. */
export function checkReadOptions(call: string, options: unknown): void {
  refuseSignal(call, options)
  checkOptions(options, readRules, call)
}

/** Throws InvalidOptionsError. */
export function checkTransferOptions(call: string, options: unknown): void {
  refuseSignal(call, options)
  checkOptions(options, transferRules, call)
}

const changeRules: Readonly<Record<string, Readonly<Record<string, OptionRule>>>> = {
  add: { add: needed(memberId), address, as: oneOf('voter', 'learner', 'witness') },
  remove: { remove: needed(memberId) },
  promote: { promote: needed(memberId) },
  demote: { demote: needed(memberId) },
  replace: { replace: needed(memberId), address },
  move: { move: needed(memberId), address: needed(address) },
}
const reconfigureRules = { signal: abortSignal, expected: number({ least: 0, whole: true }) }

/** Throws InvalidOptionsError. */
export function checkReconfigure(change: unknown, options: unknown): void {
  const kinds = Object.keys(changeRules)
  const kind = isRecord(change) ? kinds.find((name) => Object.hasOwn(change, name)) : undefined
  if (kind === undefined)
    throw new InvalidOptionsError(
      `reconfigure: the change must be one of { ${kinds.join(' }, { ')} }, each with a member's id, got ${shown(change)}`,
    )
  checkOptions<object>(change, changeRules[kind]! as Schema<object>, 'reconfigure')
  refuseSignal('reconfigure', options)
  checkOptions(options, reconfigureRules, 'reconfigure')
}

/** Throws InvalidOptionsError. `file` is null if the backup is streamed. */
export function checkBackup(file: unknown, options: unknown): void {
  if (file !== null && (typeof file !== 'string' || file === ''))
    throw new InvalidOptionsError(
      `backup: the file must be a path, a string that is not empty, got ${shown(file)}`,
    )
  checkAbortOptions('backup', options)
}

/** A signal in the place of the options would have no effect: none of its properties is an option. */
function refuseSignal(call: string, options: unknown): void {
  if (abortSignal(options, '') === null)
    throw new InvalidOptionsError(`${call}: the signal stands where the options belong: write { signal }`)
}

/** Throws InvalidOptionsError unless the task of `lead` is a function. */
export function checkTask(task: unknown): void {
  if (typeof task === 'function') return
  const what = isThenable(task) ? 'a promise: it must be a function, which lead calls' : shown(task)
  throw new InvalidOptionsError(`lead: the task must be a function (leadership) => Promise, got ${what}`)
}

// The application's state machine and codec, as its other parts call them. Their results are there when they
// return, so a promise is an error.

import type { ApplyCommand, EncodeResult } from '../applying/index.ts'
import { InvalidCommandError } from '../errors.ts'
import { isThenable, shown } from '../options/index.ts'
import type { Codec, StateMachine } from '../ports/index.ts'
import { QueryError } from '../reads/index.ts'
import { type EncodedResult, ResultLostError } from '../sessions/index.ts'

/** The limit of one command. It is sent in one frame. */
const maxCommandBytes = 16 * 1024 * 1024

/** Throws InvalidCommandError if the codec cannot encode the command, or if it is too long. */
export function encodeCommand<Command>(codec: Codec<Command>, command: Command): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = codec.encode(command)
    if (!isBytes(bytes)) {
      refusePromise(bytes, 'codec.encode')
      throw new TypeError(`codec.encode must return a Uint8Array, and it returned ${shown(bytes)}`)
    }
  } catch (cause) {
    // Some messages have more lines, such as that of JSON.stringify about a cycle.
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new InvalidCommandError(`the command cannot be encoded, and was not applied: ${why}`, { cause })
  }
  if (bytes.length > maxCommandBytes)
    throw new InvalidCommandError(
      `the command has ${bytes.length} bytes, and the limit is ${maxCommandBytes}: it was not applied`,
    )
  return bytes
}

/** Also one of another realm: a test framework may run the application in one of its own. */
const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'

/** Applies commands of the log to the state machine. Throws what the machine and the codec throw. */
export function applyCommandTo<Command, Result>(
  machine: Pick<StateMachine<Command, Result>, 'apply'> | undefined,
  codec: Codec<Command>,
): ApplyCommand<Result> {
  if (machine === undefined) return () => undefined as Result
  return (bytes, context) => {
    const command = codec.decode(bytes)
    refusePromise(command, 'codec.decode')
    const result = machine.apply(command, context)
    refusePromise(result, 'apply')
    return result
  }
}

/** Encodes results for the table of sessions. Throws what the codec throws. */
export function encodeResultWith<Result>(codec: Codec<Result>): EncodeResult<Result> {
  return (result) => {
    const bytes: unknown = codec.encode(result)
    if (isBytes(bytes)) return bytes
    refusePromise(bytes, 'resultCodec.encode')
    throw new TypeError(`resultCodec.encode must return a Uint8Array, and it returned ${shown(bytes)}`)
  }
}

/** Throws ResultLostError, whatever the codec does. */
export function decodeResult<Result>(codec: Codec<Result>, result: EncodedResult): Result {
  if (result === null) return undefined as Result
  try {
    const value = codec.decode(result)
    refusePromise(value, 'resultCodec.decode')
    return value
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ResultLostError(`the command was applied once, and its result cannot be decoded: ${why}`, {
      cause,
    })
  }
}

/** The machine's answer. Throws QueryError, whatever the machine does. */
export function answerTo<Query, Answer>(
  machine: Required<Pick<StateMachine<never, never, Query, Answer>, 'query'>>,
  query: Query,
): Answer {
  try {
    const answer = machine.query(query)
    refusePromise(answer, 'query')
    return answer
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new QueryError(`the state machine failed at the query: ${why}`, { cause })
  }
}

function refusePromise(value: unknown, what: string): void {
  if (!isThenable(value)) return
  // Its rejection would end the process.
  value.then(undefined, () => {})
  throw new TypeError(`${what} returned a promise, and it must return its result at once`)
}

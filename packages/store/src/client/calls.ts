// A client's requests, whatever becomes of the connection. One that has no answer when the connection ends is sent again
// on the next one: a read may be asked twice, and what a session submits is applied once.
import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'
import { type ClientRequest, decodeClientAnswer, encodeClientRequest, type ToldError } from './messages.ts'

/** Why a request has no result. `sent`: a member may have it. */
export type CallFailure =
  | { readonly why: 'error'; readonly error: ToldError; readonly sent: boolean }
  | { readonly why: 'timeout' | 'closed' | 'aborted'; readonly sent: boolean }

export interface Call {
  /** How often it was sent. */
  readonly attempts: number
  /** It is not wanted any more. */
  abort(): void
}

export interface CallsInit {
  readonly clock: Clock
  /** How long a request may take, in ms. Those that wait for changes have no limit. */
  readonly timeout: Millis
  /** This member cannot serve now: another one should be asked. */
  readonly elsewhere: (error: ToldError) => void
}

interface Open {
  readonly request: ClientRequest
  readonly deadline: Millis
  readonly done: (result: Uint8Array | null, failure: CallFailure | null) => void
  attempts: number
}

/** What another member may do better, or the same one a little later. */
const temporary: ReadonlySet<string> = new Set([
  'OARLOCK_NO_LEADER',
  'OARLOCK_MEMBER_CLOSED',
  'OARLOCK_PROPOSAL_TIMEOUT',
  'OARLOCK_PROPOSAL_LOST',
  'OARLOCK_READ_TIMEOUT',
  'OARLOCK_NO_SESSION',
  'OARLOCK_NOT_READABLE',
])

export class Calls {
  readonly #init: CallsInit
  readonly #open: Map<number, Open> = new Map()
  #last = 0
  #send: ((message: Uint8Array) => void) | null = null
  #cancelTimer: (() => void) | null = null
  #isClosed = false

  constructor(init: CallsInit) {
    this.#init = init
  }

  get pending(): number {
    return this.#open.size
  }

  /** `done` is called once, with the result or the failure. */
  call(request: ClientRequest, done: Open['done']): Call {
    const number = ++this.#last
    const { clock, timeout } = this.#init
    const isWatch = request.type === 'take'
    const deadline = isWatch ? Number.POSITIVE_INFINITY : clock.now() + timeout
    const open: Open = { request, deadline, done, attempts: 0 }
    if (this.#isClosed) {
      done(null, { why: 'closed', sent: false })
      return { attempts: 0, abort() {} }
    }
    this.#open.set(number, open)
    this.#submit(number, open)
    this.#watchDeadlines()
    return {
      get attempts() {
        return open.attempts
      },
      abort: () => {
        if (this.#open.get(number) !== open) return
        if (open.attempts > 0)
          this.#send?.(encodeClientRequest(++this.#last, { type: 'cancel', other: number }))
        this.#end(number, open, null, { why: 'aborted', sent: open.attempts > 0 })
      },
    }
  }

  /** There is a connection: everything that has no answer is sent on it. */
  connected(send: (message: Uint8Array) => void): void {
    this.#send = send
    for (const [number, open] of [...this.#open]) this.#submit(number, open)
  }

  disconnected(): void {
    this.#send = null
  }

  /** Throws DecodeError for what no member sends. */
  received(message: Uint8Array): void {
    const { number, answer } = decodeClientAnswer(message)
    const open = this.#open.get(number)
    // It was aborted.
    if (open === undefined) return
    if ('result' in answer) return this.#end(number, open, answer.result, null)
    if (temporary.has(answer.error.code)) return this.#init.elsewhere(answer.error)
    this.#end(number, open, null, { why: 'error', error: answer.error, sent: open.attempts > 1 })
  }

  close(): void {
    this.#isClosed = true
    this.#send = null
    this.#cancelTimer?.()
    for (const [number, open] of [...this.#open])
      this.#end(number, open, null, { why: 'closed', sent: open.attempts > 0 })
  }

  #submit(number: number, open: Open): void {
    if (this.#send === null) return
    open.attempts++
    this.#send(encodeClientRequest(number, open.request))
  }

  #end(number: number, open: Open, result: Uint8Array | null, failure: CallFailure | null): void {
    this.#open.delete(number)
    open.done(result, failure)
  }

  #watchDeadlines(): void {
    if (this.#cancelTimer !== null) return
    const { clock, timeout } = this.#init
    this.#cancelTimer = clock.at(clock.now() + timeout / 4, () => {
      this.#cancelTimer = null
      const now = clock.now()
      for (const [number, open] of [...this.#open])
        if (open.deadline <= now) this.#end(number, open, null, { why: 'timeout', sent: open.attempts > 0 })
      if (this.#open.size > 0 && !this.#isClosed) this.#watchDeadlines()
    })
  }
}

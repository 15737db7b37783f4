// The application's side of the thread of an isolated member: calls that it answers later, and one that this
// thread waits for.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { InvalidCommandError, InvalidOptionsError, MemberClosedError } from '@oarlock/runtime'
import { WorkerFailedError } from '../errors.ts'
import { cloneable, errorFrom } from './error-copy.ts'
import type { Calls, Method, Order, Report, State, WorkerStart } from './messages.ts'

/** How long this thread waits for the worker's answer, in ms. The worker answers in its next turn. */
const patience = 5_000

export interface WorkerLinkInit {
  readonly url: URL
  readonly name: string
  readonly start: Omit<WorkerStart, 'answers' | 'port'>
  readonly told: (report: Report) => void
  /** The worker has ended by itself. */
  readonly failed: (error: WorkerFailedError) => void
}

interface Waiter {
  readonly method: Method
  resolve(value: unknown): void
  reject(error: unknown): void
}

const writes: ReadonlySet<Method> = new Set([
  'propose',
  'proposeInSession',
  'session',
  'reconfigure',
  'changeStore',
])

export class WorkerLink {
  readonly #init: WorkerLinkInit
  readonly #worker: Worker
  readonly #answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  readonly #port
  readonly #waiting: Map<number, Waiter> = new Map()
  #calls = 0
  #isOver = false

  /** Throws an error with the code DataCloneError if the options cannot be copied. */
  constructor(init: WorkerLinkInit) {
    this.#init = init
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const workerData: WorkerStart = { ...init.start, answers: this.#answers.buffer, port: port2 }
    this.#worker = new Worker(init.url, { name: init.name, workerData, transferList: [port2] })
    this.#worker.on('message', (report: Report) => this.#told(report))
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', (code) => this.#fail(new Error(`it exited with ${code}`)))
  }

  /** Resolves with the worker's result. Rejects with its error. */
  call<M extends Method>(method: M, args: Calls[M], signal?: AbortSignal): Promise<unknown> {
    if (this.#isOver) return Promise.reject(closedError(method, 'not-applied'))
    return new Promise((resolve, reject) => {
      const call = ++this.#calls
      const onAbort = (): void => this.#tell({ type: 'abort', call, reason: cloneable(signal!.reason) })
      const settled = (): void => {
        this.#waiting.delete(call)
        signal?.removeEventListener('abort', onAbort)
      }
      try {
        this.#tell({ type: 'call', call, method, args })
      } catch (cause) {
        return reject(notCopied(method, cause))
      }
      this.#waiting.set(call, {
        method,
        resolve(value) {
          settled()
          resolve(value)
        },
        reject(error) {
          settled()
          reject(error)
        },
      })
      if (signal?.aborted === true) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  leaseEnded(): void {
    if (!this.#isOver) this.#tell({ type: 'lease ended' })
  }

  /** The member's state now; null once the worker has ended. Waits for it, and blocks this thread meanwhile. */
  state(): State | null {
    if (this.#isOver) return null
    // Of a call that gave up waiting.
    while (receiveMessageOnPort(this.#port) !== undefined);
    const answered = Atomics.load(this.#answers, 0)
    this.#tell({ type: 'state' })
    if (Atomics.wait(this.#answers, 0, answered, patience) === 'timed-out')
      throw new WorkerFailedError(
        `the worker thread of ${this.#init.name} has not answered for ${patience} ms`,
      )
    return (receiveMessageOnPort(this.#port)?.message as State | undefined) ?? null
  }

  /** Ends the thread, if it has not ended. */
  async terminate(): Promise<void> {
    this.#end()
    await this.#worker.terminate()
  }

  #tell(order: Order): void {
    this.#worker.postMessage(order)
  }

  #told(report: Report): void {
    if (report.type === 'done') this.#waiting.get(report.call)?.resolve(report.value)
    else if (report.type === 'failed') this.#waiting.get(report.call)?.reject(errorFrom(report.error))
    else {
      if (report.type === 'closed') this.#end()
      this.#init.told(report)
    }
  }

  #fail(cause: Error): void {
    if (this.#isOver) return
    this.#end()
    const { name } = this.#init
    this.#init.failed(
      new WorkerFailedError(`the worker thread of ${name} has ended: ${cause.message}`, { cause }),
    )
  }

  #end(): void {
    this.#isOver = true
    this.#port.close()
    for (const waiter of [...this.#waiting.values()])
      if (waiter.method === 'close') waiter.resolve(undefined)
      else waiter.reject(closedError(waiter.method, 'unknown'))
  }
}

function notCopied(method: Method, cause: unknown): Error {
  const why = `cannot be copied to the thread of the member: ${cause instanceof Error ? cause.message : cause}`
  return method === 'propose' || method === 'proposeInSession'
    ? new InvalidCommandError(`the command ${why}`, { cause })
    : new InvalidOptionsError(`${method}: an argument ${why}`, { cause })
}

function closedError(method: Method, outcome: 'not-applied' | 'unknown'): MemberClosedError {
  if (!writes.has(method))
    return new MemberClosedError(`the member is closed: '${method}' was not answered`, 'not-a-write')
  return new MemberClosedError(
    outcome === 'unknown'
      ? `the member was closed meanwhile: whether '${method}' took effect is not known`
      : `the member is closed: '${method}' had no effect`,
    outcome,
  )
}

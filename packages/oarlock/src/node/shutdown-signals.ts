// Closes members on signals, so that a leader transfers leadership before its process ends.
//
// All members of a process share one listener per signal. When they have closed and the process has no other
// listener, the signal is raised again with its default action. So a process without signal handling ends as
// it would without us. For process 1, that of a container, the kernel has no default action. It exits with
// the status that a shell gives to a process that ended by the signal.
import { constants } from 'node:os'
import { mustBe, type Rule } from '@oarlock/runtime'
import { processWide } from './process-wide.ts'

/** The rule for a signal in the options. */
export const shutdownSignal: Rule = mustBe(
  "a signal that a process can handle, such as 'SIGTERM'",
  (signal) =>
    typeof signal === 'string' &&
    Object.hasOwn(constants.signals, signal) &&
    signal !== 'SIGKILL' &&
    signal !== 'SIGSTOP',
)

/** The part of `process` that is used here. */
export interface SignalHost {
  readonly pid: number
  prependListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  removeListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  listenerCount(signal: NodeJS.Signals): number
  kill(pid: number, signal: NodeJS.Signals): unknown
  exit(code: number): unknown
}

type Close = () => Promise<void>

export class ShutdownSignals {
  readonly #host: SignalHost
  readonly #members = new Map<NodeJS.Signals, Set<Close>>()
  /** The signals that have arrived and whose members are closing. */
  readonly #closing = new Set<NodeJS.Signals>()

  constructor(host: SignalHost) {
    this.#host = host
  }

  /** Calls `close` on these signals. Returns a function that stops it, for when the member has closed. */
  watch(signals: readonly NodeJS.Signals[], close: Close): () => void {
    for (const signal of signals) {
      const members = this.#members.get(signal)
      if (members !== undefined) members.add(close)
      else {
        this.#members.set(signal, new Set([close]))
        // Before the others: a `once` listener is removed when it is called, and must still be there to be
        // counted.
        this.#host.prependListener(signal, this.#onSignal)
      }
    }
    return () => {
      for (const signal of signals) {
        this.#members.get(signal)?.delete(close)
        // While members close on a signal, its listener is needed to raise the signal again.
        if (!this.#closing.has(signal)) this.#removeIfUnused(signal)
      }
    }
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const onlyUs = this.#host.listenerCount(signal) === 1
    if (this.#closing.size > 0) {
      if (onlyUs) this.#raise(signal)
      return
    }
    this.#closing.add(signal)
    const members = [...(this.#members.get(signal) ?? [])]
    void Promise.allSettled(members.map((close) => close())).then(() => {
      this.#closing.delete(signal)
      if (onlyUs) this.#raise(signal)
      else this.#removeIfUnused(signal)
    })
  }

  #raise(signal: NodeJS.Signals): void {
    this.#remove(signal)
    const { pid } = this.#host
    if (pid === 1) this.#host.exit(128 + constants.signals[signal])
    else this.#host.kill(pid, signal)
  }

  #removeIfUnused(signal: NodeJS.Signals): void {
    if (this.#members.get(signal)?.size === 0) this.#remove(signal)
  }

  #remove(signal: NodeJS.Signals): void {
    this.#members.delete(signal)
    this.#host.removeListener(signal, this.#onSignal)
  }
}

export const shutdownSignals: ShutdownSignals = processWide(
  'shutdown-signals',
  () => new ShutdownSignals(process),
)

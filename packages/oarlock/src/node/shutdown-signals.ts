// Closing on signals: the leader hands over before the process goes.
//
// One listener a signal, shared by all members of the process. When they have closed and nobody else listens, the signal
// is raised again with its default action, so a process that never thought of signals ends as it would have without us.
import { constants } from 'node:os'

/** The first of these that is no signal, or none that a process can handle. */
export const unhandleable = (signals: readonly NodeJS.Signals[]): string | null =>
  signals.find((signal) => !(signal in constants.signals) || signal === 'SIGKILL' || signal === 'SIGSTOP') ??
  null

/** As much of `process` as this needs. */
export interface SignalHost {
  readonly pid: number
  prependListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  removeListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  listenerCount(signal: NodeJS.Signals): number
  kill(pid: number, signal: NodeJS.Signals): unknown
}

type Close = () => Promise<void>

export class ShutdownSignals {
  readonly #host: SignalHost
  readonly #members = new Map<NodeJS.Signals, Set<Close>>()
  /** Signals that arrived and whose members are closing now. */
  readonly #closing = new Set<NodeJS.Signals>()

  constructor(host: SignalHost) {
    this.#host = host
  }

  /** Calls `close` on these signals. Returns the cancellation, to be called when the member has closed. */
  watch(signals: readonly NodeJS.Signals[], close: Close): () => void {
    for (const signal of signals) {
      const members = this.#members.get(signal)
      if (members !== undefined) members.add(close)
      else {
        this.#members.set(signal, new Set([close]))
        // First in the line: listeners for one time, which leave the line when called, are still there to be counted.
        this.#host.prependListener(signal, this.#onSignal)
      }
    }
    return () => {
      for (const signal of signals) {
        this.#members.get(signal)?.delete(close)
        // A signal under way needs its listener until it is raised again.
        if (!this.#closing.has(signal)) this.#leaveIfUnused(signal)
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
      else this.#leaveIfUnused(signal)
    })
  }

  #raise(signal: NodeJS.Signals): void {
    this.#leave(signal)
    this.#host.kill(this.#host.pid, signal)
  }

  #leaveIfUnused(signal: NodeJS.Signals): void {
    if (this.#members.get(signal)?.size === 0) this.#leave(signal)
  }

  #leave(signal: NodeJS.Signals): void {
    this.#members.delete(signal)
    this.#host.removeListener(signal, this.#onSignal)
  }
}

export const shutdownSignals: ShutdownSignals = new ShutdownSignals(process)

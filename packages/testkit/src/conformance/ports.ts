// The ports that the suites are about, by their shape: `Transport` and `LogStore` of `oarlock` are these, and so is whatever looks
// like them. What each call must do is told there.
import type { Envelope, HardState, LogReader, Message, NodeId, Persist } from '@oarlock/core'

export interface TransportReceiver {
  receive(from: NodeId, messages: readonly Message[]): void
  unreachable(peer: NodeId): void
}

export interface Transport {
  open(receiver: TransportReceiver): Promise<void>
  send(envelopes: readonly Envelope[]): void
  close(): Promise<void>
}

export interface OpenedLog {
  readonly hardState: HardState
  readonly log: LogReader
}

export interface LogStore {
  open(): Promise<OpenedLog>
  write(batch: readonly Persist[]): Promise<void>
  close(): Promise<void>
}

/** The functions of a test runner: Vitest's, Jest's, or node:test's. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

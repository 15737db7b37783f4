// The store as a part of a member: it applies the store's commands from the log, and is a section of its snapshots.
import type { Millis, NodeId } from '@oarlock/core'
import type {
  ApplyContext,
  ByteSource,
  Done,
  SnapshotSection,
  StoreMachine,
  StoreMetrics,
  StorePort,
} from '@oarlock/runtime'
import {
  decodeRequest,
  encodeAnswer,
  encodeState,
  type Result,
  StateDecoder,
  stateFormat,
} from '../codec/index.ts'
import { MemberLeases } from '../leases/index.ts'
import type { Version } from '../model/key-history.ts'
import { isRefused, type StoreLimits } from '../model/requests.ts'
import { StoreState, unlimited } from '../model/store-state.ts'
import { Watches } from '../model/watches.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { LimitKeeper } from './limit-keeper.ts'

export interface StoreSettings {
  /** How long what was replaced is kept, in ms. Infinity: for ever. */
  readonly history: Millis
  readonly limits: StoreLimits
}

export class ReplicatedStore implements StoreMachine {
  readonly state: StoreState = new StoreState()
  readonly watches: Watches = new Watches(this.state.keys)
  #leases: MemberLeases | null = null
  #history: HistoryKeeper | null = null
  #limits: LimitKeeper | null = null

  /** Throws DecodeError for a command that this version does not know. */
  apply(command: Uint8Array, { term }: Pick<ApplyContext, 'term'>): Uint8Array {
    const { keys } = this.state
    const before = keys.revision
    const request = decodeRequest(command)
    const answer = request.type === 'range' ? this.state.range(request) : this.state.apply(request, term)
    if (keys.revision > before) this.watches.changed(keys.changesAt(keys.revision))
    if (!isRefused(answer)) this.#leasesChanged(answer.result)
    return encodeAnswer(answer)
  }

  /** Before the member starts. */
  connect(port: StorePort, { history, limits }: StoreSettings = boundless): MemberLeases {
    this.#leases = new MemberLeases(port, this.state.leases)
    this.#history = new HistoryKeeper(port, this.state, history)
    this.#limits = new LimitKeeper(port, this.state, limits)
    return this.#leases
  }

  /** The member has closed. */
  close(): void {
    this.#leases?.close()
    this.#history?.close()
    this.#limits?.close()
  }

  receive(from: NodeId, bytes: Uint8Array): void {
    this.#leases?.receive(from, bytes)
  }

  turnEnded(): void {
    this.#leases?.follow()
    this.#history?.follow()
    this.#limits?.follow()
  }

  /** What there is. */
  get amounts(): Omit<StoreMetrics, 'clients' | 'clientRequests'> {
    const { keys, leases, limits } = this.state
    return {
      revision: keys.revision,
      keys: keys.size,
      bytes: keys.bytes,
      liveBytes: keys.liveBytes,
      leases: leases.size,
      limits: {
        keys: finiteOrNull(limits.keys),
        bytes: finiteOrNull(limits.bytes),
        leases: finiteOrNull(limits.leases),
      },
      watches: this.watches.waiting,
    }
  }

  #leasesChanged(result: Result): void {
    if (result.type === 'grant') this.#leases?.granted(result.id)
    if (result.type === 'revoke') this.#leases?.revoked(result.ids)
  }

  readonly section: SnapshotSection = {
    name: 'store',
    format: stateFormat,
    take: () => (this.state.isUntouched ? null : sourceOf(encodeState(this.state.view()))),
    restore: (source, _format, done) => this.#restore(source, done),
    reset: () => this.watches.whileReplaced(() => this.state.clear()),
  }

  #restore(source: ByteSource, done: Done): void {
    const decoder = new StateDecoder()
    const versions: Version[] = []
    const pull = (): void =>
      source.next((failure, bytes) => {
        if (failure !== null) return done(failure)
        try {
          if (bytes === null) {
            const header = decoder.end()
            this.watches.whileReplaced(() => this.state.restore(header, versions))
            return done(null)
          }
          for (const version of decoder.push(bytes)) versions.push(version)
        } catch (cause) {
          return done(cause as Error)
        }
        pull()
      })
    pull()
  }
}

const finiteOrNull = (limit: number): number | null => (limit === Number.POSITIVE_INFINITY ? null : limit)

const boundless: StoreSettings = { history: Number.POSITIVE_INFINITY, limits: unlimited }

/** Pulled, piece by piece. */
function sourceOf(pieces: Iterator<Uint8Array>): ByteSource {
  return {
    next: (got) => {
      const { done, value } = pieces.next()
      got(null, done === true ? null : value)
    },
    cancel: () => void pieces.return?.(),
  }
}

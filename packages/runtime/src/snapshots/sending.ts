// Sends one stored snapshot to one member: the core's SnapshotSender decides what to send, and this reads it from
// the file, at a bounded rate (paper §7, figure 13).
import type { InstallSnapshot, Millis, NodeId, ToSend } from '@oarlock/core'
import { SnapshotSender } from '@oarlock/core'
import type { Clock, PeerMessage, SnapshotFiles, StoredSnapshot } from '../ports/index.ts'

export interface TransferLimits {
  /** The most bytes that are sent to one member in a second. */
  readonly bytesPerSecond: number
  /** The most bytes of a chunk, and of the chunks that are not acknowledged. */
  readonly chunkBytes: number
  readonly windowBytes: number
  /** See SnapshotSenderInit. */
  readonly retryAfter: Millis
  readonly giveUpAfter: Millis
}

export interface SendingInit {
  /** The message of the core. The receiver's core gets one of the snapshot that is sent. */
  readonly message: InstallSnapshot
  readonly to: NodeId
  readonly snapshot: StoredSnapshot
  readonly files: SnapshotFiles
  readonly clock: Clock
  readonly limits: TransferLimits
  readonly post: (to: NodeId, message: PeerMessage) => void
  /** Called once, unless it is cancelled. `damage`: the file could not be read. */
  readonly ended: (sending: Sending, failed: boolean, damage: Error | null) => void
}

export class Sending {
  readonly snapshot: StoredSnapshot
  readonly to: NodeId
  readonly #init: SendingInit
  readonly #sender: SnapshotSender
  /** To be sent, in order. */
  #queue: ToSend[] = []
  #reading = false
  /** When the next chunk may go. */
  #readyAt: Millis
  #cancelTimer: (() => void) | null = null
  #over = false

  constructor(init: SendingInit) {
    const { message, snapshot, clock, limits, to } = init
    const now = clock.now()
    this.snapshot = snapshot
    this.to = to
    this.#init = init
    this.#readyAt = now
    const { retryAfter, giveUpAfter, bytesPerSecond } = limits
    // What waits its turn here must not look like a chunk that was lost.
    const windowBytes = Math.min(limits.windowBytes, Math.max(1, (bytesPerSecond * retryAfter) / 2000))
    this.#sender = new SnapshotSender({
      term: message.term,
      snapshot: snapshot.meta,
      size: snapshot.size,
      chunkBytes: Math.min(limits.chunkBytes, Math.ceil(windowBytes / 2)),
      windowBytes,
      retryAfter,
      giveUpAfter,
      now,
    })
  }

  begin(): void {
    this.#proceed()
  }

  progress(message: Parameters<SnapshotSender['progress']>[0]): void {
    this.#sender.progress(message, this.#init.clock.now())
    this.#proceed()
  }

  cancel(): void {
    this.#over = true
    this.#cancelTimer?.()
  }

  #proceed(): void {
    if (this.#over) return
    const items = this.#sender.take(this.#init.clock.now())
    // An offer asks where to go on, so what waits for its turn is void.
    if (items[0]?.type === 'snapshotOffer') this.#queue = []
    this.#queue.push(...items)
    const { state } = this.#sender
    if (state === 'done' || state === 'failed') return this.#end(state === 'failed', null)
    this.#sendNext()
  }

  #end(failed: boolean, damage: Error | null): void {
    this.cancel()
    this.#init.ended(this, failed, damage)
  }

  #sendNext(): void {
    const { clock, files, snapshot, limits } = this.#init
    let due = this.#sender.nextDeadline()
    while (!this.#reading && this.#queue.length > 0) {
      const item = this.#queue[0]!
      if (item.type === 'snapshotChunk' && clock.now() < this.#readyAt) {
        due = Math.min(due, this.#readyAt)
        break
      }
      this.#queue.shift()
      if (item.type === 'snapshotOffer') {
        this.#post({ type: 'snapshotOffer', attempt: item.attempt })
        continue
      }
      const { offset, length } = item
      this.#readyAt = Math.max(this.#readyAt, clock.now()) + (1000 * length) / limits.bytesPerSecond
      this.#reading = true
      files.read(snapshot, offset, length, (failure, bytes) => {
        this.#reading = false
        if (this.#over) return
        if (failure !== null) return this.#end(true, failure)
        this.#post({ type: 'snapshotChunk', offset, bytes: bytes! })
        this.#sendNext()
      })
    }
    this.#cancelTimer?.()
    this.#cancelTimer = clock.at(due, () => {
      this.#cancelTimer = null
      this.#proceed()
    })
  }

  #post(
    item:
      | { readonly type: 'snapshotOffer'; readonly attempt: number }
      | { readonly type: 'snapshotChunk'; readonly offset: number; readonly bytes: Uint8Array },
  ): void {
    const { message, snapshot, post, to } = this.#init
    const { meta, size, digest } = snapshot
    if (item.type === 'snapshotOffer')
      return post(to, { ...item, term: message.term, snapshot: meta, size, digest })
    post(to, { ...item, snapshot: { index: meta.index, term: meta.term }, digest })
  }
}

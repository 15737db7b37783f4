// The snapshots that this member sends, one to each peer.
import type { InstallSnapshot, NodeId, Term } from '@oarlock/core'
import type { Clock, EventLoop, PeerMessage, SnapshotFiles, StoredSnapshot } from '../ports/index.ts'
import { Sending, type TransferLimits } from './sending.ts'

export interface TransfersInit {
  readonly files: SnapshotFiles
  readonly clock: Clock
  readonly eventLoop: EventLoop
  readonly limits: TransferLimits
  readonly post: (to: NodeId, message: PeerMessage) => void
  /** The snapshot to send now, or null. */
  readonly newest: () => StoredSnapshot | null
  readonly reported: (to: NodeId, failed: boolean) => void
  readonly damaged: (snapshot: StoredSnapshot, cause: Error) => void
}

export class Transfers {
  readonly #init: TransfersInit
  readonly #sendings: Map<NodeId, Sending> = new Map()

  constructor(init: TransfersInit) {
    this.#init = init
  }

  /** The members to which a snapshot is being sent. */
  get destinations(): readonly NodeId[] {
    return [...this.#sendings.keys()]
  }

  isSending(snapshot: StoredSnapshot): boolean {
    for (const sending of this.#sendings.values())
      if (sending.snapshot.digest === snapshot.digest) return true
    return false
  }

  /** The core offers a snapshot. It offers again if this one fails. */
  send(to: NodeId, message: InstallSnapshot): void {
    const { newest, reported, eventLoop } = this.#init
    this.#sendings.get(to)?.cancel()
    this.#sendings.delete(to)
    const snapshot = newest()
    // The core is in the middle of a turn.
    if (snapshot === null || snapshot.meta.index < message.snapshot.index)
      return eventLoop.endOfTurn(() => reported(to, true))
    this.#begin(to, message, snapshot, (failed) => reported(to, failed))
  }

  /** That member has asked for one. The core offers it none, and is told nothing. */
  sendAsked(to: NodeId, term: Term, snapshot: StoredSnapshot): void {
    if (this.#sendings.has(to)) return
    this.#begin(to, { type: 'snapshot', term, snapshot: snapshot.meta }, snapshot, () => {})
  }

  #begin(
    to: NodeId,
    message: InstallSnapshot,
    snapshot: StoredSnapshot,
    over: (failed: boolean) => void,
  ): void {
    const { newest: _newest, reported: _reported, damaged, eventLoop: _eventLoop, ...rest } = this.#init
    const sending = new Sending({
      ...rest,
      message,
      to,
      snapshot,
      ended: (ended, failed, damage) => {
        if (this.#sendings.get(to) === ended) this.#sendings.delete(to)
        if (damage !== null) damaged(snapshot, damage)
        over(failed)
      },
    })
    this.#sendings.set(to, sending)
    sending.begin()
  }

  progress(from: NodeId, message: Parameters<Sending['progress']>[0]): void {
    this.#sendings.get(from)?.progress(message)
  }

  /** This member leads no more in the term of these transfers. */
  cancel(): void {
    for (const sending of this.#sendings.values()) sending.cancel()
    this.#sendings.clear()
  }
}

// TRANSFER: while a leader hands over it appends nothing (thesis §3.10, step 1). Otherwise its target's log
// would no longer be complete when the target stands, and the transfer might never end.
// Kills T5.
import type { Event, Index, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'
import { mayBegin } from './transfers-can-succeed.ts'

interface Transfer {
  readonly term: Term
  readonly life: number
  readonly last: Index
}

export class TransfersStopWrites implements Watcher {
  readonly #unasked: boolean
  readonly #under: (Transfer | undefined)[] = []

  constructor(unasked: boolean) {
    this.#unasked = unasked
  }

  stepped(node: SimNode, event: Event): void {
    const { raft, place, life } = node
    const type = event.type === 'receive' ? event.message.type : event.type
    if (mayBegin(type, this.#unasked)) {
      // A tick may end a transfer, append what waited for that, and begin another transfer.
      const asked = type === 'transfer' || type === 'transferLeader' || type === 'tick'
      if (raft.role !== 'leader' || (!asked && this.#under[place] !== undefined)) return
      const { transferTarget, lastIndex } = raft.inspect()
      this.#under[place] = transferTarget === null ? undefined : { term: raft.term, life, last: lastIndex }
      return
    }
    const under = this.#under[place]
    if (under === undefined || (type !== 'propose' && type !== 'reconfigure' && type !== 'applied')) return
    const { transferTarget, lastIndex, role } = raft.inspect()
    if (transferTarget === null || role !== 'leader' || raft.term !== under.term || life !== under.life)
      this.#under[place] = undefined
    else if (lastIndex !== under.last)
      throw new Violation(
        'TRANSFER',
        `${node.id} appends ${lastIndex} while it hands over to ${transferTarget}`,
      )
  }
}

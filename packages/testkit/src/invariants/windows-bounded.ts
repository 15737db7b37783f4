// BOUND: the appends on their way to a member stay within its window, in messages and in bytes (thesis
// §10.2.2), and none is still counted that the member has acknowledged. A window that leaks closes for ever;
// one that is not kept floods the member. It is checked only now and then, since asking a core for its view
// takes long. Copies of a probe count as well: while nothing is answered, entries are repeated only until the
// copies fill the window.
// Kills F7, F9, F15.
import type { Effects, Envelope, Event, Message, NodeId, ProgressView, RaftConfig } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

type Append = Extract<Message, { type: 'append' }>

const EVERY = 8

/** Appends from one place, since the member last answered one. */
interface Copies {
  readonly term: number
  readonly prev: number
  /** Without the first one, which may have been sent before the window was given up for a probe. */
  bytes: number
}

const linkOf = (from: NodeId, to: NodeId): string => `${from} ${to}`

const bytesOf = ({ entries }: Append): number => entries.reduce((all, { data }) => all + data.length, 0)

export class WindowsBounded implements Watcher {
  readonly #config: Pick<RaftConfig, 'maxInflightMessages' | 'maxInflightBytes' | 'maxMessageBytes'>
  #appends = 0
  readonly #copies: Map<string, Copies> = new Map()
  /** The links with answers since the last effects. What leaves now may be an answer to each of them. */
  readonly #answered: Set<string> = new Set()

  constructor(config: Pick<RaftConfig, 'maxInflightMessages' | 'maxInflightBytes' | 'maxMessageBytes'>) {
    this.#config = config
  }

  stepped({ id }: SimNode, event: Event): void {
    if (event.type !== 'receive' || event.message.type !== 'appendResponse') return
    const link = linkOf(id, event.from)
    this.#copies.delete(link)
    this.#answered.add(link)
  }

  taken({ id }: SimNode, { send }: Effects): void {
    if (this.#config.maxInflightBytes === 0) return
    for (const { to, message } of send) {
      if (message.type !== 'append' || message.entries.length === 0) continue
      const link = linkOf(id, to)
      if (this.#answered.has(link)) this.#copies.delete(link)
      this.#compareCopies(id, to, message)
    }
    for (const link of this.#answered) if (link.startsWith(`${id} `)) this.#answered.delete(link)
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'append' || message.entries.length === 0 || node.raft.role !== 'leader') return
    if (++this.#appends % EVERY !== 0) return
    const { progress } = node.raft.inspect()
    for (const [member, view] of progress) if (member !== node.id) this.#compareCount(node, member, view)
    const there = progress.get(to)
    // Appends that left earlier in this turn are counted too.
    const isLast = message.entries.at(-1)!.index + 1 === there?.next
    if (there?.state === 'replicate' && isLast) this.#compareBytes(node, to, there, message)
  }

  #compareCopies(id: NodeId, to: NodeId, message: Append): void {
    const { maxInflightBytes } = this.#config
    const { term, prev } = message
    const link = linkOf(id, to)
    const known = this.#copies.get(link)
    if (known === undefined || known.term !== term || known.prev !== prev.index) {
      this.#copies.set(link, { term, prev: prev.index, bytes: 0 })
      return
    }
    if (known.bytes >= maxInflightBytes)
      throw new Violation(
        'BOUND',
        `${id} repeats the entries after ${prev.index} to ${to}, with ${known.bytes} bytes of copies on the way; its window is ${maxInflightBytes}`,
      )
    known.bytes += bytesOf(message)
  }

  #compareCount(node: SimNode, member: NodeId, { state, match, next, inflight }: ProgressView): void {
    const { maxInflightMessages, maxMessageBytes } = this.#config
    // In `replicate` every sent entry that is not acknowledged is on its way, with at least one entry in a
    // message.
    const most = state === 'replicate' ? Math.min(maxInflightMessages, next - 1 - match) : 0
    if (inflight > most)
      throw new Violation(
        'BOUND',
        `${node.id} counts ${inflight} appends on the way to ${member} (${state}, match ${match}, next ${next}), but there can be only ${most}`,
      )
    // Then a message carries at most one entry that is not empty.
    const filled = maxMessageBytes === 0 && state === 'replicate' ? this.#sizes(node, match, next) : []
    if (filled.filter((size) => size > 0).length > maxInflightMessages)
      throw new Violation(
        'BOUND',
        `${node.id} has sent ${member} ${match + 1} to ${next - 1}, an entry in each message; the window is ${maxInflightMessages}`,
      )
  }

  #sizes({ log }: SimNode, match: number, next: number): readonly number[] {
    const sizes: number[] = []
    for (let at = match + 1; at < next; at++) sizes.push(log.at(at)?.data.length ?? 0)
    return sizes
  }

  /** Nothing leaves when the window is full. The last message before that may exceed it. */
  #compareBytes(node: SimNode, member: NodeId, { match, next }: ProgressView, message: Append): void {
    const { maxInflightBytes } = this.#config
    if (maxInflightBytes === 0) return
    const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0)
    const before = sum(this.#sizes(node, match, next)) - bytesOf(message)
    if (before >= maxInflightBytes)
      throw new Violation(
        'BOUND',
        `${node.id} sends ${member} more, with ${before} bytes on the way; its window is ${maxInflightBytes}`,
      )
  }
}

// BOUND: the entries that are handed out for applying and not confirmed stay within `maxApplyingBytes`
// (config.ts); only a single entry may be larger. So a state machine that is slow, or replays after a
// restart, is not given the whole log at once.
// No listed mutant: it fires where a core keeps no account of these entries, or does not pause.
import type { Effects, Entry, Event } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

const bytesOf = (entries: readonly Entry[]): number => entries.reduce((sum, { data }) => sum + data.length, 0)

export class ApplyingBounded implements Watcher {
  readonly #most: number
  /** Per node: the entries that it has handed out and that are not confirmed. */
  readonly #handed: Entry[][] = []

  constructor(maxApplyingBytes: number) {
    this.#most = maxApplyingBytes
  }

  started(node: SimNode): void {
    this.#handed[node.place] = []
  }

  installed(node: SimNode): void {
    this.#handed[node.place] = []
  }

  stepped(node: SimNode, event: Event): void {
    if (event.type !== 'applied') return
    const handed = this.#handed[node.place]!
    const confirmed = handed.findIndex(({ index }) => index > event.index)
    handed.splice(0, confirmed === -1 ? handed.length : confirmed)
  }

  taken(node: SimNode, { apply }: Effects): void {
    const first = apply[0]
    if (first === undefined) return
    const handed = this.#handed[node.place]!
    const before = bytesOf(handed)
    const bytes = bytesOf(apply)
    if (bytes > 0 && bytes > Math.max(this.#most - before, apply.length === 1 ? bytes : first.data.length))
      throw new Violation(
        'BOUND',
        `${node.id} hands out ${bytes} bytes for applying on top of ${before}; the limit is ${this.#most}`,
      )
    if (before > 0 && before >= this.#most)
      throw new Violation(
        'BOUND',
        `${node.id} hands out ${first.index} for applying while ${before} bytes are under way; the limit is ${this.#most}`,
      )
    handed.push(...apply)
  }
}

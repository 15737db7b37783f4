// Processes that want one thing that only one may have: places in one queue, by the code that elections by name and
// locks are made of (QueuePlace of @oarlock/recipes). Each process has a place at most, and keeps it for a while.
import type { Millis } from '@oarlock/core'
import { QueuePlace, type QueueRequests, QueueView } from '@oarlock/recipes'
import type { OarlockError } from '@oarlock/runtime'
import type { Change, ChangeResult, HeldLease, KeyRange, KeyValue, LeaseHolder, Watch } from '@oarlock/store'
import type { SimNode } from '../member/index.ts'
import type { Random } from '../world/index.ts'

/** How a contender changes the store: in the session of its process, in a turn of its node. */
export type ChangeStore = (
  node: SimNode,
  change: Change,
  answered: (result: ChangeResult) => void,
  failed: (error: OarlockError) => void,
) => void

/** A process that may have a place. */
interface Contender {
  readonly life: number
  lease: HeldLease | null
  place: QueuePlace | null
  isEntering: boolean
}

const QUEUE = 'q'
const PREFIX = `${QUEUE}/`
/** The share of turns in which a place is given up. */
const LEAVES = 0.15

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const range: KeyRange = { from: encoder.encode(PREFIX), before: encoder.encode('q0') }
const only = (key: Uint8Array): KeyRange => ({ from: key, before: Uint8Array.of(...key, 0) })

export interface ContendersInit {
  readonly random: Random
  readonly nodes: readonly SimNode[]
  readonly ttl: Millis
  readonly change: ChangeStore
}

export class Contenders {
  /** How often a place was first, for the census. */
  firsts = 0
  /** Called when a place is first, with the revision that created it. */
  onFirst: (node: SimNode, created: number) => void = () => {}
  readonly #init: ContendersInit
  /** By the place of the node. */
  readonly #contenders: Map<number, Contender> = new Map()
  #places = 0

  constructor(init: ContendersInit) {
    this.#init = init
  }

  /** The nodes whose processes have what only one may have, by what each of them would find now. */
  get holders(): readonly SimNode[] {
    return this.#init.nodes.filter((node) => {
      const contender = this.#contenders.get(node.place)
      return node.up && contender?.life === node.life && contender.place?.isFirst === true
    })
  }

  /** Enters the queue, or gives up the place. */
  act(node: SimNode, holder: LeaseHolder): void {
    const contender = this.#of(node)
    const { random, ttl } = this.#init
    if (contender.isEntering) return
    const leaves = random.chance(LEAVES)
    const later = (work: () => void): void => node.request(() => {}, work)
    if (contender.place !== null) {
      if (!leaves) return
      return later(() => {
        contender.place?.leave()
        contender.place = null
      })
    }
    contender.isEntering = true
    later(() => {
      if (contender.lease?.held === true) return this.#enter(node, contender, contender.lease)
      holder.grant(ttl, undefined, {
        resolve: (lease) => {
          contender.lease = lease
          this.#enter(node, contender, lease)
        },
        reject: () => {
          contender.isEntering = false
        },
      })
    })
  }

  #of(node: SimNode): Contender {
    const found = this.#contenders.get(node.place)
    if (found?.life === node.life) return found
    const contender: Contender = { life: node.life, lease: null, place: null, isEntering: false }
    this.#contenders.set(node.place, contender)
    return contender
  }

  #enter(node: SimNode, contender: Contender, lease: HeldLease): void {
    const place: QueuePlace = new QueuePlace({
      queue: QUEUE,
      key: `${PREFIX}${++this.#places}`,
      value: '',
      lease,
      requests: this.#requests(node),
      clock: node.loop,
      retryAfter: this.#init.ttl / 4,
      isWatched: true,
      first: (created) => {
        this.firsts++
        this.onFirst(node, created)
      },
      lost: () => {
        if (contender.place === place) contender.place = null
      },
    })
    contender.isEntering = false
    contender.place = place
    place.enter()
  }

  #requests(node: SimNode): QueueRequests {
    const { change } = this.#init
    return {
      enter: ({ key, value, lease }, { resolve, reject }) => {
        const bytes = encoder.encode(key)
        change(
          node,
          {
            type: 'transaction',
            when: [{ range: only(bytes), operator: '=', target: 'version', number: 0 }],
            success: [
              { type: 'put', key: bytes, value: encoder.encode(value), lease, returnPrevious: false },
              { type: 'range', range, limit: 2, sort: { by: 'create', order: 'descending' } },
            ],
            failure: [{ type: 'range', range: only(bytes) }],
          },
          (answer) => {
            const { succeeded, results } = answer as Extract<ChangeResult, { type: 'transaction' }>
            const read = results.at(-1)!
            if (read.type !== 'range') throw new TypeError('not the answer to this transaction')
            const { createRevision: created } = read.items[0]!
            resolve({ created, isFirst: succeeded && read.items.length === 1 })
          },
          reject,
        )
      },
      leave: ({ key, created }, { resolve, reject }) => {
        const bytes = encoder.encode(key)
        change(
          node,
          {
            type: 'transaction',
            when: [{ range: only(bytes), operator: '=', target: 'create', number: created }],
            success: [{ type: 'delete', range: only(bytes), returnPrevious: false }],
            failure: [],
          },
          () => resolve(),
          reject,
        )
      },
      follow: (_queue, changed) => follow(node, changed),
    }
  }
}

const placeOf = ({ key, createRevision }: KeyValue) => ({
  key: decoder.decode(key),
  value: '',
  created: createRevision,
})

/** Keeps a view of the queue up to date with a watch of this node's store, in turns of the node. */
function follow(node: SimNode, changed: (view: QueueView) => void): () => void {
  const store = node.store!
  let isOver = false
  let watch: Watch
  let view: QueueView
  const begin = (): void => {
    const { keys } = store.state
    const places = [...keys.range(range)].map(placeOf).sort((a, b) => a.created - b.created)
    view = new QueueView(keys.revision, places)
    watch = store.watches.open({ range, from: keys.revision + 1 }, wake)
    changed(view)
    take()
  }
  const take = (): void => {
    while (!isOver) {
      const taken = watch.take(3)
      if (taken === null) return
      if ('failure' in taken) {
        watch.close()
        return begin()
      }
      for (const { revision, events } of taken) {
        view.revision = revision
        for (const { type, item } of events) {
          if (type === 'put') view.put(placeOf(item))
          else view.delete(decoder.decode(item.key))
        }
        if (!isOver) changed(view)
      }
    }
  }
  const wake = (): void => node.request(() => {}, take)
  begin()
  return () => {
    isOver = true
    watch.close()
  }
}

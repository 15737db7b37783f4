// The queues of one kind that this process has to do with, each kept up to date. One watch of the store serves them
// all, so that their number costs no messages.
import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'
import type { Item, Store, WatchBatch, WatchEvent, WatchStream } from '@oarlock/store'
import { type Place, QueueView } from './queue-view.ts'

export interface QueueFeedInit {
  readonly kv: Store
  /** The prefix of all keys. A key is root, queue, '/' and the place. */
  readonly root: string
  readonly clock: Clock
  /** When it goes on after a failure, in ms. */
  readonly retryAfter: Millis
}

type Listener = (view: QueueView) => void

interface Followed {
  readonly queue: string
  readonly listeners: Set<Listener>
  /** Null: it is being read. */
  view: QueueView | null
  /** What was changed while it is being read. */
  pending: WatchBatch[]
}

export class QueueFeed {
  readonly #init: QueueFeedInit
  readonly #followed: Map<string, Followed> = new Map()
  #stream: WatchStream | null = null
  #hasStarted = false
  #isRunning = false
  #isClosed = false
  /** Nobody follows any queue. */
  #isEnding = false
  #failure: unknown = null
  readonly #wakes: Set<() => void> = new Set()

  constructor(init: QueueFeedInit) {
    this.#init = init
  }

  /** Why the queues are not up to date; null: they are, or nobody follows any. */
  get failure(): unknown {
    return this.#failure
  }

  /** See QueueRequests. */
  follow(queue: string, listener: Listener): () => void {
    let followed = this.#followed.get(queue)
    if (followed === undefined) {
      followed = { queue, listeners: new Set(), view: null, pending: [] }
      this.#followed.set(queue, followed)
      if (this.#hasStarted) void this.#read(followed, this.#stream!)
    }
    const { listeners, view } = followed
    listeners.add(listener)
    if (!this.#isRunning && !this.#isClosed) void this.#run()
    if (view !== null) listener(view)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#followed.get(queue) !== followed) return
      this.#followed.delete(queue)
      if (this.#followed.size === 0) this.#endWatch()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#followed.clear()
    this.#endWatch()
  }

  #endWatch(): void {
    this.#isEnding = true
    void this.#stream?.return?.()
    for (const wake of this.#wakes) wake()
  }

  async #run(): Promise<void> {
    const { kv, root } = this.#init
    this.#isRunning = true
    while (this.#followed.size > 0) {
      this.#isEnding = false
      const stream = kv.watch({ prefix: root })
      this.#stream = stream
      try {
        await stream.started
        this.#hasStarted = true
        this.#failure = null
        for (const followed of this.#followed.values()) void this.#read(followed, stream)
        for await (const batch of stream) this.#apply(batch)
      } catch (error) {
        this.#failure = error
      }
      this.#stream = null
      this.#hasStarted = false
      for (const followed of this.#followed.values()) this.#forget(followed)
      if (this.#followed.size > 0 && !this.#isEnding) await this.#pause()
    }
    this.#isRunning = false
  }

  /** What is read after the watch has started is followed by all later changes. */
  async #read(followed: Followed, stream: WatchStream): Promise<void> {
    const { kv, root } = this.#init
    const isCurrent = (): boolean =>
      this.#stream === stream && this.#followed.get(followed.queue) === followed
    for (;;) {
      try {
        const { items, revision } = await kv.range(
          { prefix: `${root}${followed.queue}/` },
          { sort: { by: 'create' } },
        )
        if (!isCurrent()) return
        followed.view = new QueueView(revision, items.map(placeOf))
        const { pending } = followed
        followed.pending = []
        for (const batch of pending)
          if (batch.revision > revision) change(followed.view, batch.revision, batch.events)
        this.#failure = null
        return tell(followed)
      } catch (error) {
        if (!isCurrent()) return
        this.#failure = error
        await this.#pause()
        if (!isCurrent()) return
      }
    }
  }

  #apply({ revision, events }: WatchBatch): void {
    const byQueue = new Map<Followed, WatchEvent[]>()
    for (const event of events) {
      const followed = this.#followed.get(this.#queueOf(event.item.key))
      if (followed === undefined) continue
      const its = byQueue.get(followed)
      if (its === undefined) byQueue.set(followed, [event])
      else its.push(event)
    }
    for (const [followed, its] of byQueue) {
      if (followed.view === null) followed.pending.push({ revision, events: its })
      else if (revision > followed.view.revision) {
        change(followed.view, revision, its)
        tell(followed)
      }
    }
  }

  #queueOf(key: string): string {
    const from = this.#init.root.length
    return key.slice(from, key.indexOf('/', from))
  }

  #forget(followed: Followed): void {
    followed.view = null
    followed.pending = []
  }

  #pause(): Promise<void> {
    const { clock, retryAfter } = this.#init
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#wakes.delete(wake)
        resolve()
      }
      const cancel = clock.at(clock.now() + retryAfter, wake)
      this.#wakes.add(wake)
    })
  }
}

const placeOf = ({ key, value, createRevision }: Item): Place => ({ key, value, created: createRevision })

function change(view: QueueView, revision: number, events: readonly WatchEvent[]): void {
  view.revision = revision
  for (const { type, item } of events) {
    if (type === 'put') view.put(placeOf(item))
    else view.delete(item.key)
  }
}

function tell({ listeners, view }: Followed): void {
  for (const listener of [...listeners]) if (listeners.has(listener)) listener(view!)
}

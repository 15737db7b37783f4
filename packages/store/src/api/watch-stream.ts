// A watch as an async iterable. It asks for changes when its consumer does, and holds the batches of one answer.
import type { WatchBatch as Batch, WatchEvent as Event } from '../model/watches.ts'
import type { WatchFeed } from './backend.ts'
import type { Shown } from './data.ts'
import { StoreRefusedError } from './errors.ts'
import type { Data, WatchBatch, WatchEvent, WatchStream } from './store.ts'

export class FeedStream<D extends Data> implements WatchStream<D> {
  readonly started: Promise<number>
  readonly #feed: Promise<WatchFeed>
  readonly #shown: Shown<D>
  /** Taken, and not handed out yet. */
  #batches: Batch[] = []
  #open: WatchFeed | null = null
  #seen = 0
  #isOver = false
  /** The calls of `next` are answered one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(feed: Promise<WatchFeed>, shown: Shown<D>, signal: AbortSignal | undefined) {
    this.#feed = feed
    this.#shown = shown
    const onAbort = () => this.#end()
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    this.started = feed.then((open) => {
      this.#open = open
      this.#seen = open.seen
      if (this.#isOver) open.close()
      return open.seen + 1
    })
    // `next` rejects with it, too.
    this.started.catch(() => {})
  }

  get seen(): number {
    return this.#batches.length === 0 && this.#open !== null && !this.#isOver
      ? Math.max(this.#seen, this.#open.seen)
      : this.#seen
  }

  next(): Promise<IteratorResult<WatchBatch<D>>> {
    const next = this.#turn.then(() => this.#next())
    this.#turn = next.catch(() => {})
    return next
  }

  return(): Promise<IteratorResult<WatchBatch<D>>> {
    this.#end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #next(): Promise<IteratorResult<WatchBatch<D>>> {
    try {
      while (!this.#isOver) {
        const batch = this.#batches.shift()
        if (batch !== undefined) {
          const value = this.#shownBatch(batch)
          this.#seen = batch.revision
          return { done: false, value }
        }
        const taken = await (await this.#feed).take()
        if (taken === null) break
        if ('failure' in taken) throw new StoreRefusedError(taken.failure, 'not-a-write')
        this.#batches = [...taken]
      }
    } catch (error) {
      if (!this.#isOver) {
        this.#end()
        throw error
      }
    }
    this.#end()
    return { done: true, value: undefined }
  }

  #end(): void {
    this.#seen = this.seen
    this.#isOver = true
    this.#batches = []
    this.#open?.close()
  }

  #shownBatch({ revision, events }: Batch): WatchBatch<D> {
    return { revision, events: events.map((event) => this.#shownEvent(event)) }
  }

  #shownEvent({ type, item, previous }: Event): WatchEvent<D> {
    return {
      type,
      item: this.#shown.item(item, 'not-a-write'),
      previous: previous === null ? null : this.#shown.item(previous, 'not-a-write'),
    }
  }
}

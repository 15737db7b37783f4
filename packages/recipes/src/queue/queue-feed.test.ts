// The queues that a process follows, over a store of the test.
import type { Item, Store, WatchBatch, WatchStream } from '@oarlock/store'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { QueueFeed } from './queue-feed.ts'

const root = 'root/'
const item = (key: string, createRevision: number, value = ''): Item => ({
  key: `${root}${key}`,
  value,
  createRevision,
  modRevision: createRevision,
  version: 1,
  lease: 1,
})

class FakeStream implements Pick<WatchStream, 'started' | 'next' | 'return'> {
  readonly #started = Promise.withResolvers<number>()
  readonly started = this.#started.promise
  #next = Promise.withResolvers<IteratorResult<WatchBatch>>()
  isOver = false

  start(): void {
    this.#started.resolve(1)
  }

  fail(error: Error): void {
    this.#started.reject(error)
    this.#next.reject(error)
  }

  async change(revision: number, ...events: readonly ['put' | 'delete', Item][]): Promise<void> {
    const next = this.#next
    this.#next = Promise.withResolvers()
    next.resolve({
      done: false,
      value: { revision, events: events.map(([type, each]) => ({ type, item: each, previous: null })) },
    })
    await settled()
  }

  next(): Promise<IteratorResult<WatchBatch>> {
    return this.#next.promise
  }

  async return(): Promise<IteratorResult<WatchBatch>> {
    this.isOver = true
    this.#next.resolve({ done: true, value: undefined })
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function setUp() {
  const clock = new FakeClock()
  const streams: FakeStream[] = []
  const reads: {
    prefix: string
    resolve(revision: number, ...items: Item[]): Promise<void>
    reject(error: Error): Promise<void>
  }[] = []
  const kv = {
    watch: () => streams[streams.push(new FakeStream()) - 1]!,
    range: ({ prefix }: { prefix: string }) => {
      const { promise, resolve, reject } = Promise.withResolvers<object>()
      reads.push({
        prefix,
        resolve: (revision, ...items) => {
          resolve({ revision, items, count: items.length })
          return settled()
        },
        reject: (error) => {
          reject(error)
          return settled()
        },
      })
      return promise
    },
  } as unknown as Store
  const feed = new QueueFeed({ kv, root, clock, retryAfter: 100 })
  const follow = (queue: string) => {
    const seen: string[] = []
    const unfollow = feed.follow(queue, ({ revision, places }) =>
      seen.push(
        `${revision}: ${places.map(({ key, created }) => `${key.slice(root.length)}@${created}`).join(' ')}`,
      ),
    )
    return { seen, unfollow }
  }
  return { clock, streams, reads, feed, follow }
}

describe('a feed of queues', () => {
  it('reads a queue once its watch has started, and then follows each change', async () => {
    const { streams, reads, follow } = setUp()
    const { seen } = follow('q')
    await settled()
    expect([streams.length, reads.length]).toEqual([1, 0])
    streams[0]!.start()
    await settled()
    expect(reads.map(({ prefix }) => prefix)).toEqual(['root/q/'])
    await reads[0]!.resolve(5, item('q/a', 3))
    await streams[0]!.change(6, ['put', item('q/b', 6)])
    await streams[0]!.change(7, ['put', item('other/a', 7)])
    await streams[0]!.change(8, ['delete', item('q/a', 0)], ['put', item('q/c', 8)])
    expect(seen).toEqual(['5: q/a@3', '6: q/a@3 q/b@6', '8: q/b@6 q/c@8'])
  })

  it('adds what was changed while it was read, and nothing twice', async () => {
    const { streams, reads, follow } = setUp()
    const { seen } = follow('q')
    streams[0]!.start()
    await settled()
    await streams[0]!.change(4, ['put', item('q/a', 4)])
    await streams[0]!.change(6, ['put', item('q/b', 6)])
    await reads[0]!.resolve(5, item('q/a', 4))
    expect(seen).toEqual(['6: q/a@4 q/b@6'])
  })

  it('keeps the place of a key whose value was changed, and not of one that was put again', async () => {
    const { streams, reads, follow } = setUp()
    const { seen } = follow('q')
    streams[0]!.start()
    await settled()
    await reads[0]!.resolve(5, item('q/a', 3), item('q/b', 4))
    await streams[0]!.change(6, ['put', item('q/a', 3, 'proclaimed')])
    await streams[0]!.change(7, ['delete', item('q/a', 0)])
    await streams[0]!.change(8, ['put', item('q/a', 8)])
    expect(seen).toEqual(['5: q/a@3 q/b@4', '6: q/a@3 q/b@4', '7: q/b@4', '8: q/b@4 q/a@8'])
  })

  it('serves all queues with one watch, and those that follow one with one read', async () => {
    const { streams, reads, follow } = setUp()
    const [q, again, p] = [follow('q'), follow('q'), follow('p')]
    streams[0]!.start()
    await settled()
    expect([streams.length, reads.map(({ prefix }) => prefix)]).toEqual([1, ['root/q/', 'root/p/']])
    await reads[0]!.resolve(5, item('q/a', 3))
    await reads[1]!.resolve(5)
    const late = follow('q')
    expect([q.seen, again.seen, p.seen, late.seen]).toEqual([
      ['5: q/a@3'],
      ['5: q/a@3'],
      ['5: '],
      ['5: q/a@3'],
    ])
  })

  it('ends its watch when nobody follows any queue, and begins again', async () => {
    const { streams, reads, follow } = setUp()
    const { unfollow } = follow('q')
    streams[0]!.start()
    await settled()
    unfollow()
    expect(streams[0]!.isOver).toBe(true)
    const { seen } = follow('q')
    await settled()
    streams[1]!.start()
    await settled()
    await reads[0]!.resolve(4)
    await reads[1]!.resolve(5)
    await reads.at(-1)!.resolve(5)
    expect(seen).toEqual(['5: '])
  })

  it('reads everything again after its watch has failed, and says why it is not up to date', async () => {
    const { clock, streams, reads, feed, follow } = setUp()
    const { seen } = follow('q')
    streams[0]!.start()
    await settled()
    await reads[0]!.resolve(5, item('q/a', 3))
    const error = new Error('compacted')
    streams[0]!.fail(error)
    await settled()
    expect([feed.failure, streams.length]).toEqual([error, 1])
    await clock.pass(100)
    streams[1]!.start()
    await settled()
    await reads[1]!.reject(new Error('no leader'))
    await clock.pass(100)
    await reads[2]!.resolve(9, item('q/b', 8))
    expect([seen, feed.failure]).toEqual([['5: q/a@3', '9: q/b@8'], null])
  })

  it('is silent once it is closed', async () => {
    const { streams, reads, feed, follow, clock } = setUp()
    const { seen } = follow('q')
    streams[0]!.start()
    await settled()
    feed.close()
    await reads[0]!.resolve(5)
    follow('q')
    await clock.pass(1000)
    expect([seen, streams.length, streams[0]!.isOver, clock.timers]).toEqual([[], 1, true, 0])
  })
})

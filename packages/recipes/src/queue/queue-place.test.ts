// A place in a queue, over a store of the test.
import type { OarlockError } from '@oarlock/runtime'
import { StoreRefusedError } from '@oarlock/store'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { type Entered, type NewPlace, QueuePlace, type QueuePlaceInit } from './queue-place.ts'
import { QueueView } from './queue-view.ts'

const key = 'root/q/7.1'
const retryAfter = 100
const failure = new Error('no leader') as OarlockError

function setUp(over: Partial<QueuePlaceInit> = {}) {
  const clock = new FakeClock()
  const controller = new AbortController()
  const lease = { id: 7, held: true, signal: controller.signal }
  const told: string[] = []
  const entering: {
    place: NewPlace
    resolve(entered: Entered | null): void
    reject(error: OarlockError): void
  }[] = []
  const leaving: { place: object; resolve(): void; reject(error: OarlockError): void }[] = []
  const followers = new Set<(view: QueueView) => void>()
  const place = new QueuePlace({
    queue: 'q',
    key,
    value: 'a',
    lease,
    clock,
    retryAfter,
    isWatched: false,
    requests: {
      enter: (entered, completion) => entering.push({ place: entered, ...completion }),
      leave: (left, { resolve, reject }) => leaving.push({ place: left, resolve: () => resolve(), reject }),
      follow: (_, changed) => {
        followers.add(changed)
        return () => followers.delete(changed)
      },
    },
    first: (created) => told.push(`first ${created}`),
    lost: (refusal) => told.push(refusal === undefined ? 'lost' : `refused: ${refusal.reason}`),
    ...over,
  })
  place.enter()
  return {
    clock,
    lease,
    told,
    place,
    entering,
    leaving,
    followers,
    /** The queue at this revision: keys in their order, with what has created them. */
    shows(revision: number, ...places: readonly [string, number][]) {
      const view = new QueueView(
        revision,
        places.map(([each, created]) => ({ key: each, value: '', created })),
      )
      for (const follower of [...followers]) follower(view)
    },
    endLease() {
      lease.held = false
      controller.abort()
    },
    wait() {
      clock.advance(retryAfter)
    },
  }
}

describe('a place', () => {
  it('is first at once if nobody was there, and asks for nothing else', () => {
    const { place, entering, told, followers } = setUp()
    expect(entering[0]!.place).toEqual({ queue: 'q', key, value: 'a', lease: 7, onlyIfFree: false })
    expect(place.isFirst).toBe(false)
    entering[0]!.resolve({ created: 5, isFirst: true })
    expect([place.isFirst, place.created, told]).toEqual([true, 5, ['first 5']])
    expect(followers.size).toBe(0)
  })

  it('is first when those before it are gone, and follows the queue until then', () => {
    const { place, entering, told, followers, shows } = setUp()
    entering[0]!.resolve({ created: 5, isFirst: false })
    shows(4, ['other', 3])
    shows(5, ['other', 3], [key, 5])
    shows(6, ['other', 3], [key, 5], ['later', 6])
    expect(told).toEqual([])
    shows(7, [key, 5], ['later', 6])
    expect([told, place.isFirst, followers.size]).toEqual([['first 5'], true, 0])
  })

  it('is lost when its lease ends, whether it waits or is first', () => {
    for (const isFirst of [true, false]) {
      const { place, entering, told, followers, leaving, endLease } = setUp()
      entering[0]!.resolve({ created: 5, isFirst })
      endLease()
      expect([place.isFirst, told.at(-1), followers.size, leaving.length]).toEqual([false, 'lost', 0, 0])
    }
  })

  it('is never first once its lease has ended, whatever the store says late', () => {
    const { place, entering, told, lease, shows } = setUp()
    // The event loop has stalled: the signal comes later.
    lease.held = false
    entering[0]!.resolve({ created: 5, isFirst: true })
    shows(6, [key, 5])
    expect([place.isFirst, told]).toEqual([false, []])
  })

  it('is over for its holder when the lease is, before anybody was told', () => {
    const { place, entering, lease } = setUp()
    entering[0]!.resolve({ created: 5, isFirst: true })
    lease.held = false
    expect(place.isFirst).toBe(false)
  })

  it('is lost when somebody deletes its key, while it waits or is watched', () => {
    const waiting = setUp()
    waiting.entering[0]!.resolve({ created: 5, isFirst: false })
    waiting.shows(6, ['other', 3])
    expect(waiting.told).toEqual(['lost'])
    const watched = setUp({ isWatched: true })
    watched.entering[0]!.resolve({ created: 5, isFirst: true })
    watched.shows(5, [key, 5])
    expect(watched.told).toEqual(['first 5'])
    // It was put again by somebody else.
    watched.shows(9, [key, 8])
    expect([watched.told, watched.place.isFirst]).toEqual([['first 5', 'lost'], false])
  })

  it('is entered again while it is not known whether it is there', () => {
    const { entering, told, wait } = setUp()
    entering[0]!.reject(failure)
    expect(entering).toHaveLength(1)
    wait()
    expect(entering[1]!.place).toEqual(entering[0]!.place)
    entering[1]!.resolve({ created: 5, isFirst: true })
    expect(told).toEqual(['first 5'])
  })

  it('is over when the store refuses it', () => {
    const { entering, told, wait, endLease } = setUp()
    entering[0]!.reject(new StoreRefusedError({ reason: 'no-lease', lease: 7 }, 'not-applied'))
    wait()
    endLease()
    expect([told, entering.length]).toEqual([['refused: no-lease'], 1])
  })

  it('that enters only a free queue is over if somebody is there', () => {
    const { entering, told, leaving } = setUp({ onlyIfFree: true })
    expect(entering[0]!.place.onlyIfFree).toBe(true)
    entering[0]!.resolve(null)
    expect([told, leaving.length]).toEqual([['lost'], 0])
  })

  describe('when it is left', () => {
    it('deletes what it has put and nothing else, again until the store has answered', () => {
      const { place, entering, leaving, told, wait } = setUp()
      entering[0]!.resolve({ created: 5, isFirst: true })
      let left = 0
      place.leave(() => left++)
      expect([place.isFirst, leaving[0]!.place]).toEqual([false, { key, created: 5 }])
      leaving[0]!.reject(failure)
      wait()
      expect(left).toBe(0)
      leaving[1]!.resolve()
      expect([left, told]).toEqual([1, ['first 5']])
    })

    it('before the store has answered, takes back what it has put then', () => {
      const { place, entering, leaving, told, wait } = setUp()
      let left = 0
      place.leave(() => left++)
      entering[0]!.reject(failure)
      wait()
      entering[1]!.resolve({ created: 5, isFirst: true })
      expect([leaving[0]!.place, left]).toEqual([{ key, created: 5 }, 0])
      leaving[0]!.resolve()
      expect([left, told]).toEqual([1, []])
    })

    it('needs the store no more when its lease has ended', () => {
      const { place, entering, leaving, endLease, wait } = setUp()
      entering[0]!.resolve({ created: 5, isFirst: true })
      let left = 0
      place.leave(() => left++)
      leaving[0]!.reject(failure)
      endLease()
      expect(left).toBe(1)
      wait()
      expect(leaving).toHaveLength(1)
      place.leave(() => left++)
      expect(left).toBe(2)
    })
  })
})

// Sending and receiving over files and a clock of the test.
import { index, type SnapshotOffer, staticVoters, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import type { Done, Got, PeerMessage, SnapshotFiles, StoredSnapshot } from '../ports/index.ts'
import { Receiving } from './receiving.ts'
import { Sending } from './sending.ts'
import { Transfers } from './transfers.ts'

const meta = { index: index(40), term: term(3), configuration: staticVoters(['a', 'b']) }
const place = { index: meta.index, term: meta.term }
const offerOf = (attempt = 1, digest = 'd'): SnapshotOffer => ({
  type: 'snapshotOffer',
  term: term(5),
  snapshot: meta,
  size: 30,
  digest,
  attempt,
})
const chunkAt = (offset: number, length = 10) =>
  ({
    type: 'snapshotChunk',
    snapshot: place,
    digest: 'd',
    offset,
    bytes: Uint8Array.from({ length }, (_, at) => offset + at),
  }) as const

/** Files whose operations end when the test says so, in order. */
class TestFiles {
  readonly log: string[] = []
  partial: SnapshotFiles['partial'] = null
  readonly #waiting: (() => void)[] = []

  get files(): SnapshotFiles {
    return this as unknown as SnapshotFiles
  }

  /** Ends the oldest operation, or all. */
  end(): void {
    this.#waiting.shift()?.()
  }

  endAll(): void {
    while (this.#waiting.length > 0) this.end()
  }

  #later(what: string, done: Done): void {
    this.log.push(what)
    this.#waiting.push(() => done(null))
  }

  startPartial(_offer: SnapshotOffer, done: Done): void {
    this.#later('start', done)
  }

  appendPartial(offset: number, bytes: Uint8Array, done: Done): void {
    this.#later(`append ${offset} ${bytes.length}`, done)
  }

  commitPartial(got: Got<StoredSnapshot>): void {
    this.#later('commit', () => got(null, { meta, size: 30, digest: 'd' }))
  }

  discardPartial(done: Done): void {
    this.#later('discard', done)
  }

  read(_snapshot: StoredSnapshot, offset: number, length: number, got: Got<Uint8Array>): void {
    this.#later(`read ${offset} ${length}`, () => got(null, new Uint8Array(length)))
  }
}

function receiving(partial: SnapshotFiles['partial'] = null) {
  const files = new TestFiles()
  files.partial = partial
  const posted: [string, PeerMessage][] = []
  const arrived: string[] = []
  const receiver = new Receiving({
    files: files.files,
    witness: false,
    committed: () => index(0),
    post: (to, message) => posted.push([to, message]),
    arrived: (from) => arrived.push(from),
    resumed: (_offer, received) => arrived.push(`resumed at ${received}`),
    failed: (_offer, cause) => arrived.push(cause.message),
  })
  const progress = (): (number | string)[] =>
    posted.map(([, message]) => (message.type === 'snapshotProgress' ? message.received : message.type))
  return { files, posted, arrived, receiver, progress }
}

describe('a snapshot that is received', () => {
  it('is acknowledged when its bytes are durable, and not before', () => {
    const { files, receiver, progress } = receiving()
    receiver.offered('b', offerOf())
    expect(progress()).toEqual([])
    files.end()
    expect(progress()).toEqual([0])
    receiver.chunk('b', chunkAt(0))
    expect(progress()).toEqual([0])
    files.end()
    expect(progress()).toEqual([0, 10])
  })

  it('is acknowledged as complete when it is a stored snapshot, and not before', () => {
    const { files, receiver, progress, arrived } = receiving()
    receiver.offered('b', offerOf())
    files.end()
    for (const offset of [0, 10, 20]) receiver.chunk('b', chunkAt(offset))
    files.end()
    files.end()
    expect(files.log.at(-1)).toBe('commit')
    expect([progress(), arrived]).toEqual([[0, 10, 20], []])
    files.end()
    expect([progress(), arrived]).toEqual([[0, 10, 20, 30], ['b']])
  })

  it('takes the chunks that came during a write in one write', () => {
    const { files, receiver } = receiving()
    receiver.offered('b', offerOf())
    files.end()
    for (const offset of [0, 10, 20]) receiver.chunk('b', chunkAt(offset))
    files.endAll()
    expect(files.log).toEqual(['start', 'append 0 10', 'append 10 20', 'commit'])
  })

  it('goes on after a restart where it was, without writing anything again', () => {
    const { files, receiver, progress, arrived } = receiving({ offer: offerOf(), received: 20 })
    receiver.offered('c', offerOf(2))
    expect([progress(), arrived, files.log]).toEqual([[20], ['resumed at 20'], []])
    receiver.chunk('c', chunkAt(20))
    files.endAll()
    expect(files.log).toEqual(['append 20 10', 'commit'])
    expect(arrived.at(-1)).toBe('c')
  })

  it('answers the sender of a late chunk, though no offer came since the start', () => {
    const { files, receiver, posted } = receiving({ offer: offerOf(), received: 20 })
    receiver.chunk('b', chunkAt(10))
    files.endAll()
    expect(posted).toMatchObject([['b', { type: 'snapshotProgress', received: 20 }]])
  })

  it('begins anew if it cannot be written', () => {
    const { files, receiver, arrived, progress } = receiving()
    files.appendPartial = (_offset, _bytes, done) => done(new Error('no space'))
    receiver.offered('b', offerOf())
    files.end()
    receiver.chunk('b', chunkAt(0))
    expect(arrived).toEqual(['no space'])
    files.endAll()
    receiver.offered('b', offerOf(2))
    files.endAll()
    expect(progress()).toEqual([0, 0])
    expect(files.log).toEqual(['start', 'discard', 'start'])
  })
})

describe('a snapshot that is sent', () => {
  function sending(bytesPerSecond: number) {
    const files = new TestFiles()
    const clock = new FakeClock()
    const posted: PeerMessage[] = []
    const ended: boolean[] = []
    const sender = new Sending({
      message: { type: 'snapshot', term: term(5), snapshot: meta },
      to: 'b',
      snapshot: { meta, size: 100, digest: 'd' },
      files: files.files,
      clock,
      limits: {
        bytesPerSecond,
        chunkBytes: 10,
        windowBytes: 1000,
        retryAfter: 100_000,
        giveUpAfter: 900_000,
      },
      post: (_to, message) => posted.push(message),
      ended: (_sending, failed) => ended.push(failed),
    })
    const progress = (received: number, attempt = 1): void =>
      sender.progress({ type: 'snapshotProgress', term: term(5), snapshot: place, attempt, received })
    sender.begin()
    return { files, clock, posted, ended, progress }
  }

  it('stays within its rate', () => {
    const { files, clock, posted, progress } = sending(100)
    progress(0)
    const chunks = (): number => posted.filter(({ type }) => type === 'snapshotChunk').length
    files.endAll()
    expect(chunks()).toBe(1)
    clock.advance(99)
    files.endAll()
    expect(chunks()).toBe(1)
    for (let n = 2; n <= 5; n++) {
      clock.advance(100)
      files.endAll()
    }
    expect(chunks()).toBe(5)
  })

  it('reads one chunk at a time, and ends when the receiver has everything', () => {
    const { files, posted, ended, progress } = sending(Number.POSITIVE_INFINITY)
    progress(0)
    expect(files.log).toEqual(['read 0 10'])
    files.endAll()
    expect(posted.filter(({ type }) => type === 'snapshotChunk')).toHaveLength(10)
    progress(100)
    expect(ended).toEqual([false])
  })

  it('fails if its file cannot be read', () => {
    const { files, ended, progress } = sending(Number.POSITIVE_INFINITY)
    files.read = (_snapshot, _offset, _length, got) => got(new Error('damaged'), null)
    progress(0)
    expect(ended).toEqual([true])
  })
})

describe('a snapshot that a member has asked for', () => {
  const placeAt = (at: number) => ({ ...meta, index: index(at) })

  it('is sent once, and the core hears of it only if it has offered one itself', () => {
    const clock = new FakeClock()
    const files = new TestFiles()
    const posted: PeerMessage[] = []
    const reported: string[] = []
    const transfers = new Transfers({
      files: files.files,
      clock,
      eventLoop: { endOfTurn: (end) => end(), afterInput: (end) => end() },
      limits: { bytesPerSecond: 1e6, chunkBytes: 10, windowBytes: 1000, retryAfter: 100, giveUpAfter: 900 },
      post: (_to, message) => posted.push(message),
      newest: () => ({ meta, size: 10, digest: 'd' }),
      reported: (to, failed) => reported.push(`${to}: ${failed}`),
      damaged: () => {},
    })
    const offers = (): number => posted.filter(({ type }) => type === 'snapshotOffer').length
    const answer = (received: number): void =>
      transfers.progress('b', {
        type: 'snapshotProgress',
        term: term(5),
        snapshot: place,
        attempt: 1,
        received,
      })
    transfers.sendAsked('b', term(5), { meta, size: 10, digest: 'd' })
    transfers.sendAsked('b', term(5), { meta: placeAt(50), size: 10, digest: 'e' })
    expect([offers(), transfers.destinations]).toEqual([1, ['b']])
    answer(0)
    files.endAll()
    answer(10)
    expect([transfers.destinations, reported]).toEqual([[], []])

    // The core takes the transfer over that is under way.
    transfers.sendAsked('b', term(5), { meta, size: 10, digest: 'd' })
    transfers.send('b', { type: 'snapshot', term: term(5), snapshot: meta })
    answer(10)
    expect([offers(), reported]).toEqual([3, ['b: false']])
  })
})

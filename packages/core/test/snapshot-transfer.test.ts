// A snapshot's bytes, in chunks, over a network and a receiver that fail (paper §7, figure 13).
import {
  index,
  RaftConfigError,
  type SnapshotOffer,
  SnapshotReceiver,
  SnapshotSender,
  type SnapshotTransferMessage,
  staticVoters,
  term,
} from '@oarlock/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const meta = { index: index(40), term: term(3), configuration: staticVoters(['a', 'b']) }
const id = { index: meta.index, term: meta.term }
const bytesOf = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (at * 31) % 251)

interface World {
  /** What becomes of the nth message: lost, or so many ms late. Beyond the end: 1 ms. */
  readonly fates: readonly (number | null)[]
  /** The receiver crashes with these messages, and keeps so many of its bytes, as a share. */
  readonly crashes: ReadonlyMap<number, number>
}

/**
 * Plays a whole transfer, with a new sender for each that gives up, as the core would offer again. Returns
 * what happened.
 */
function play(size: number, { fates, crashes }: World, sizes = { chunkBytes: 10, windowBytes: 40 }) {
  const data = bytesOf(size)
  const file: number[] = []
  let receiver = new SnapshotReceiver()
  const offerOf = (attempt: number): SnapshotOffer => ({
    type: 'snapshotOffer',
    term: term(5),
    snapshot: meta,
    size,
    digest: 'd',
    attempt,
  })
  const queue: { at: number; message: SnapshotTransferMessage }[] = []
  /** All bytes were there once: the receiver has the state, and a crash does not take it. */
  let installed = false
  let sent = 0
  let chunkBytesSent = 0
  let mostInFlight = 0
  let now = 0
  let senders = 1
  const begin = (): SnapshotSender =>
    new SnapshotSender({ term: term(5), snapshot: id, size, ...sizes, retryAfter: 20, giveUpAfter: 100, now })
  let sender = begin()
  const post = (message: SnapshotTransferMessage): void => {
    const fate = fates[sent++]
    if (fate !== null) queue.push({ at: now + (fate ?? 1), message })
  }
  const receive = (message: SnapshotTransferMessage): void => {
    const kept = crashes.get(sent)
    if (kept !== undefined && receiver.partial !== null && !installed) {
      const received = Math.floor(receiver.partial.received * kept)
      file.length = Math.min(file.length, received)
      receiver = new SnapshotReceiver({ ...receiver.partial, received })
    }
    if (message.type === 'snapshotProgress') return sender.progress(message, now)
    if (message.type === 'snapshotOffer') {
      const answer = receiver.offered(message, index(installed ? 40 : 0))
      if (answer !== null) {
        if (!installed) file.length = answer.received
        installed ||= receiver.complete
        post(answer)
      }
      return
    }
    const { write, at, answer } = receiver.received(message)
    if (write !== null) for (const [i, byte] of write.entries()) file[at + i] = byte
    installed ||= receiver.complete
    if (answer !== null) post(answer)
  }
  while (sender.state !== 'done' && now < 1_000_000) {
    for (const item of sender.take(now)) {
      if (item.type === 'snapshotOffer') post(offerOf(item.attempt))
      else {
        const { offset, length } = item
        chunkBytesSent += length
        mostInFlight = Math.max(mostInFlight, offset + length - sender.received)
        const bytes = data.subarray(offset, offset + length)
        post({ type: 'snapshotChunk', snapshot: id, digest: 'd', offset, bytes })
      }
    }
    if (sender.state === 'failed') {
      senders++
      sender = begin()
      continue
    }
    queue.sort((a, b) => a.at - b.at)
    const next = queue[0]
    const deadline = sender.nextDeadline()
    if (next !== undefined && next.at <= deadline) {
      queue.shift()
      now = Math.max(now, next.at)
      receive(next.message)
    } else now = deadline
  }
  return { state: sender.state, installed, file, data, chunkBytesSent, mostInFlight, senders, now }
}

const calm: World = { fates: [], crashes: new Map() }

describe('a snapshot in chunks', () => {
  it('arrives whole, each byte sent once, within its window', () => {
    const { state, file, data, chunkBytesSent, mostInFlight, installed } = play(1005, calm)
    expect(state).toBe('done')
    expect(file).toEqual([...data])
    expect(chunkBytesSent).toBe(1005)
    expect(mostInFlight).toBeLessThanOrEqual(40 + 10)
    expect(installed).toBe(true)
  })

  it('without bytes (a witness has no state) is complete with the offer', () => {
    const { state, chunkBytesSent } = play(0, calm)
    expect([state, chunkBytesSent]).toEqual(['done', 0])
  })

  it('arrives whole whatever is lost, late or twice, and through crashes that keep a part of it', () => {
    const fate = fc.option(fc.nat(60), { freq: 4 })
    const crash = fc.tuple(fc.nat(150), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(
        fc.nat(600),
        fc.array(fate, { maxLength: 150 }),
        fc.array(crash, { maxLength: 3 }),
        (size, fates, crashes) => {
          const { state, file, data, installed } = play(size, { fates, crashes: new Map(crashes) })
          expect(state).toBe('done')
          expect(installed).toBe(true)
          expect(file).toEqual([...data])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('goes on where it was after a sender gave up, and sends no byte twice', () => {
    // 20 messages arrive, then none for longer than a sender waits.
    const fates = [...Array(20).fill(1), ...Array(30).fill(null)]
    const { senders, chunkBytesSent, file, data } = play(1000, { fates, crashes: new Map() })
    expect(senders).toBeGreaterThan(1)
    expect(file).toEqual([...data])
    expect(chunkBytesSent).toBeLessThan(1000 + 30 * 10)
  })

  it('sends a lost chunk again when the next one has come, without waiting', () => {
    // The offer, its answer, and the first chunk, which is lost.
    const { now, file, data } = play(100, { fates: [1, 1, null], crashes: new Map() })
    expect(file).toEqual([...data])
    expect(now).toBeLessThan(20)
  })

  it('goes on where it was after the receiver crashed', () => {
    const { chunkBytesSent, file, data } = play(1000, { fates: [], crashes: new Map([[120, 1]]) })
    expect(file).toEqual([...data])
    expect(chunkBytesSent).toBeLessThanOrEqual(1000 + 80)
  })
})

describe('a receiver', () => {
  const offer: SnapshotOffer = {
    type: 'snapshotOffer',
    term: term(5),
    snapshot: meta,
    size: 30,
    digest: 'd',
    attempt: 1,
  }
  const none = index(0)
  const chunk = { type: 'snapshotChunk', snapshot: id, digest: 'd' } as const

  it('begins anew if the same place has other bytes', () => {
    const receiver = new SnapshotReceiver()
    receiver.offered(offer, none)
    receiver.received({ ...chunk, offset: 0, bytes: bytesOf(20) })
    expect(receiver.offered({ ...offer, attempt: 2 }, none)).toMatchObject({ received: 20, attempt: 2 })
    expect(receiver.offered({ ...offer, digest: 'other', attempt: 3 }, none)).toMatchObject({ received: 0 })
  })

  it('takes nothing from an earlier leader, and no chunk of other bytes', () => {
    const receiver = new SnapshotReceiver()
    receiver.offered(offer, none)
    expect(receiver.offered({ ...offer, term: term(4) }, none)).toBeNull()
    expect(receiver.received({ ...chunk, digest: 'other', offset: 0, bytes: bytesOf(10) }).answer).toBeNull()
    expect(receiver.received({ ...chunk, offset: 0, bytes: bytesOf(31) }).write).toBeNull()
  })

  it('takes a chunk that comes later than the sender waited for it', () => {
    const receiver = new SnapshotReceiver()
    receiver.offered(offer, none)
    receiver.offered({ ...offer, attempt: 2 }, none)
    const { answer } = receiver.received({ ...chunk, offset: 0, bytes: bytesOf(10) })
    expect(answer).toMatchObject({ attempt: 2, received: 10 })
  })

  it('writes only the new bytes of an overlapping chunk', () => {
    const receiver = new SnapshotReceiver({ offer, received: 15 })
    const { write, at } = receiver.received({ ...chunk, offset: 10, bytes: bytesOf(10) })
    expect([at, [...write!]]).toEqual([15, [...bytesOf(10).subarray(5)]])
    expect(receiver.partial?.received).toBe(20)
  })

  it('wants no bytes of a snapshot that it has installed', () => {
    expect(new SnapshotReceiver().offered(offer, index(40))).toMatchObject({ received: 30 })
  })

  it('that found damage begins anew', () => {
    const receiver = new SnapshotReceiver({ offer, received: 30 })
    expect(receiver.complete).toBe(true)
    receiver.discard()
    expect(receiver.offered(offer, none)?.received).toBe(0)
  })
})

it('a sender refuses sizes that cannot work', () => {
  const init = { term: term(1), snapshot: id, size: 10, retryAfter: 10, giveUpAfter: 100, now: 0 }
  for (const wrong of [
    { chunkBytes: 0 },
    { windowBytes: -1 },
    { retryAfter: Number.NaN },
    { giveUpAfter: 0 },
  ])
    expect(() => new SnapshotSender({ ...init, ...wrong })).toThrow(RaftConfigError)
})

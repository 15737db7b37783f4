import { DecodeError, type PeerMessage } from '@oarlock/runtime'
import { specimens } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decodeMessages, encodeAlive, FrameDecoder, FrameKind, framedSize, MessageBatch } from './index.ts'

const everyKind: PeerMessage[] = Object.values(specimens)

function encode(messages: readonly PeerMessage[], maxFrameBytes?: number): Buffer {
  const batch = new MessageBatch(maxFrameBytes)
  for (const message of messages) batch.add(message)
  return batch.encode().buffer
}

/** The messages in chunks of a stream. Throws DecodeError. */
function decode(chunks: readonly Buffer[], decoder: FrameDecoder = new FrameDecoder()): PeerMessage[] {
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]).flatMap((frame) => decodeMessages(frame.body))
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((x, y) => x - y)
  return ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end))
}

const proposal = (size: number): PeerMessage => ({
  type: 'propose',
  request: size,
  entries: [{ type: 'normal', data: new Uint8Array(size).fill(size) }],
})

describe('a stream of frames', () => {
  test('is decoded the same, however it is cut into chunks', () => {
    const bytes = Buffer.concat([
      encode(everyKind),
      encodeAlive(),
      encode([proposal(3000)]),
      encode(everyKind),
    ])
    const whole = [...new FrameDecoder().push(bytes)].map(({ kind, body }) => ({
      kind,
      body: Buffer.from(body),
    }))
    expect(whole.map(({ kind }) => kind)).toEqual([
      FrameKind.messages,
      FrameKind.alive,
      FrameKind.messages,
      FrameKind.messages,
    ])
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        const decoder = new FrameDecoder()
        const frames = cutAt(bytes, places).flatMap((chunk) => [...decoder.push(chunk)])
        expect(frames.map(({ kind, body }) => ({ kind, body: Buffer.from(body) }))).toEqual(whole)
      }),
    )
  })

  test('is decoded byte by byte', () => {
    const bytes = encode(everyKind)
    expect(decode(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(everyKind)
  })

  test('a frame within a chunk is a view of it', () => {
    const bytes = encode(everyKind)
    const [frame] = new FrameDecoder().push(bytes)
    expect(frame?.body.buffer).toBe(bytes.buffer)
  })

  test('messages of one batch share frames, up to a size', () => {
    const messages = Array.from({ length: 40 }, (_, n) => proposal(20_000 + n))
    const bytes = encode(messages)
    const frames = [...new FrameDecoder().push(bytes)]
    expect(frames.length).toBe(4)
    expect(frames.flatMap((frame) => decodeMessages(frame.body))).toEqual(messages)
  })

  test('a batch keeps to a low limit of frame lengths', () => {
    const messages = Array.from({ length: 40 }, (_, n) => proposal(n))
    const limit = framedSize(proposal(40))
    expect(decode([encode(messages, limit)], new FrameDecoder(limit))).toEqual(messages)
  })

  test('a batch knows its size, and is empty once encoded', () => {
    const batch = new MessageBatch()
    for (const message of everyKind) batch.add(message)
    expect(batch.length).toBe(everyKind.length)
    const { bytes } = batch
    expect(batch.encode().buffer.length).toBe(bytes)
    expect([batch.bytes, batch.length]).toEqual([0, 0])
  })

  test('a long frame in many chunks costs time linear in its length', () => {
    const bytes = encode([proposal(8 * 1024 * 1024)])
    const decoder = new FrameDecoder()
    const frames = []
    const copy = vi.spyOn(Buffer.prototype, 'copy')
    try {
      for (let at = 0; at < bytes.length; at += 1000)
        frames.push(...decoder.push(bytes.subarray(at, at + 1000)))
      const copied = copy.mock.results.reduce((sum, result) => sum + Number(result.value), 0)
      expect(copied).toBeLessThan(3 * bytes.length)
      expect(copied).toBeGreaterThanOrEqual(bytes.length)
    } finally {
      copy.mockRestore()
    }
    expect(frames.length).toBe(1)
  })
})

describe('a damaged stream', () => {
  test('a frame longer than the limit is refused by its header alone', () => {
    const header = Buffer.alloc(8)
    header.writeUInt32BE(1_000_000)
    expect(() => [...new FrameDecoder(1000).push(header)]).toThrow(DecodeError)
    const decoder = new FrameDecoder(1000)
    expect([...decoder.push(header.subarray(0, 3))]).toEqual([])
    expect(() => [...decoder.push(header.subarray(3))]).toThrow(DecodeError)
  })

  test('a frame of the greatest length is accepted, one byte more is not', () => {
    const bytes = encode([proposal(500)])
    expect([...new FrameDecoder(bytes.length).push(bytes)].length).toBe(1)
    expect(() => [...new FrameDecoder(bytes.length - 1).push(bytes)]).toThrow(DecodeError)
  })

  test('a frame without a kind is refused', () => {
    expect(() => [...new FrameDecoder().push(Buffer.alloc(8))]).toThrow(DecodeError)
  })

  test('an announced length alone allocates little', () => {
    const header = Buffer.alloc(100)
    header.writeUInt32BE(60 * 1024 * 1024)
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
    try {
      expect([...new FrameDecoder().push(header)]).toEqual([])
      expect(allocate.mock.calls.length).toBeGreaterThan(0)
      for (const [size] of allocate.mock.calls) expect(size).toBeLessThanOrEqual(1024 * 1024)
    } finally {
      allocate.mockRestore()
    }
  })

  test('flipped bits, removed and inserted bytes never make a message that was not sent', () => {
    const sent = [[proposal(300)], everyKind, [proposal(200)], everyKind]
    const bytes = Buffer.concat(sent.map((messages) => encode(messages)))
    const whole = sent.flat()
    // No frame is so short that it could be removed whole.
    for (const messages of sent) expect(encode(messages).length).toBeGreaterThan(150)
    const damage = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 50 }) }),
      fc.record({
        kind: fc.constant('insert' as const),
        at: fc.nat(),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
      }),
    )
    fc.assert(
      fc.property(
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (all, places) => {
          let damaged = Buffer.from(bytes)
          for (const one of all) {
            const at = one.at % damaged.length
            if (one.kind === 'flip') damaged[at]! ^= 1 << one.bit
            else if (one.kind === 'cut')
              damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + one.length)])
            else damaged = Buffer.concat([damaged.subarray(0, at), one.bytes, damaged.subarray(at)])
          }
          const decoder = new FrameDecoder()
          const got: PeerMessage[] = []
          try {
            for (const chunk of cutAt(damaged, places)) got.push(...decode([chunk], decoder))
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
          // The messages that are decoded are whole frames, in order.
          expect(whole.slice(0, got.length)).toEqual(got)
        },
      ),
      { numRuns: 500 },
    )
  })
})

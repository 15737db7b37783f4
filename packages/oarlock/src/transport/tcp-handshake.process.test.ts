import type { Refusal, RefusalReason } from '@oarlock/runtime'
import { until } from '@oarlock/test-support/event'
import { identityOf, numbered, numbersFrom, Station, to } from '@oarlock/testkit/conformance'
import { describe, expect, test, vi } from 'vitest'
import { dialRaw, freeAddress, welcomeOfB } from '../../test/raw-peer.ts'
import { established, setUp } from '../../test/raw-setting.ts'
import {
  decodeIntroduction,
  decodeRefusal,
  decodeWelcome,
  encodeAlive,
  encodeRefusal,
  encodeWelcome,
  FrameKind,
  type Hello,
  type Introduction,
  MessageBatch,
  protocolVersion,
} from '../wire/index.ts'
import { TcpTransport } from './tcp-transport.ts'

function aMessage(): Buffer {
  const batch = new MessageBatch()
  batch.add(numbered(1))
  return batch.encode().buffer
}

describe('a connection that was dialled in', () => {
  const refusal: Refusal = { reason: 'other-incarnation', detail: 'it has another data directory' }

  test.each<[Partial<Hello & Introduction>, RefusalReason, string]>([
    [
      { version: 99, oldest: 99 },
      'wrong-version',
      `the member that dials uses protocol version 99, and the other one uses ${protocolVersion}: run the same version of Oarlock on every member`,
    ],
    [
      { to: 'c' },
      'wrong-member',
      "'b' wants 'c', and 'a' is at the address that it dialled: correct the addresses in peers",
    ],
    [{ identity: identityOf('x') }, 'unknown-member', "'x' is not among the peers of 'a'"],
    [
      { identity: identityOf('a'), to: 'b' },
      'wrong-member',
      "the address of 'b' leads to 'a' itself: correct the addresses in peers",
    ],
  ])('as %o is refused: %s; with one warning, however often it tries', async (hello, reason, detail) => {
    await using setting = await setUp()
    const { transport, a, log } = setting
    for (let round = 0; round < 3; round++) {
      const peer = await dialRaw(transport.address, hello)
      peer.socket.write(aMessage())
      const frame = await peer.frame()
      expect(frame?.kind).toBe(FrameKind.refused)
      expect(decodeRefusal(frame!.body)).toEqual({ reason, detail })
      peer.socket.write('nothing is read after a refusal')
      await peer.closed
    }
    expect(a.batches).toEqual([])
    expect(log.warnings).toHaveLength(1)
    expect(log.warnings[0]?.message).toContain(`(${reason}): ${detail}`)
  })

  test('is refused if the receiver refuses the peer, and nothing more is read', async () => {
    await using setting = await setUp()
    const { transport, a, log } = setting
    a.judge = (_peer, answer) => answer(refusal)
    const peer = await dialRaw(transport.address)
    peer.socket.write(aMessage())
    expect(decodeRefusal((await peer.frame())!.body)).toEqual(refusal)
    peer.socket.write('nothing is read after a refusal')
    await peer.closed
    expect([a.batches, a.met.get('b')]).toEqual([[], identityOf('b')])
    // The receiver logs it.
    expect(log.warnings).toEqual([])
  })

  test('and refuses this member itself ends, and the receiver is told', async () => {
    await using setting = await setUp()
    const peer = await dialRaw(setting.transport.address)
    expect(decodeWelcome((await peer.frame())!.body)).toEqual({
      identity: setting.a.identity,
      advertise: setting.transport.address,
    })
    peer.socket.write(encodeRefusal(refusal))
    await peer.closed
    expect(setting.a.refusedBy.get('b')).toEqual(refusal)
  })

  test('with a message before it is welcomed is closed', async () => {
    await using setting = await setUp()
    const { transport, a, log } = setting
    a.judge = () => {}
    const peer = await dialRaw(transport.address)
    await a.until(() => a.met.has('b'))
    peer.socket.write(aMessage())
    expect(await peer.frame()).toBeUndefined()
    expect((await log.first()).fields).toMatchObject({ problem: 'a frame was sent before Welcome' })
  })

  test('by strangers with endless names fills no log', async () => {
    await using setting = await setUp()
    const { transport, log } = setting
    for (let n = 0; n < 300; n++) {
      const name = `${n}\n${'x'.repeat(3000)}`
      const peer = await dialRaw(transport.address, { identity: identityOf(name), to: name })
      expect((await peer.frame())?.kind).toBe(FrameKind.refused)
      peer.socket.destroy()
    }
    const about = log.warnings.filter(({ message }) => message.startsWith('refused a connection'))
    expect(about).toHaveLength(10)
    const lines = about.map((warning) => JSON.stringify(warning))
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(700)
    expect(about.some(({ message }) => message.includes('\n'))).toBe(false)
  })

  test.each([
    ['messages before any introduction', aMessage()],
    ['a request in another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a Welcome', welcomeOfB],
    ['an announced Hello of a megabyte', Buffer.from([0, 0x10, 0, 0, 0, 0, 0, 0, 1])],
  ])('with %s is closed, with one warning', async (_, bytes) => {
    await using setting = await setUp()
    const { transport, a, log } = setting
    for (let round = 0; round < 3; round++) {
      const peer = await dialRaw(transport.address, null)
      peer.socket.write(bytes)
      expect(await peer.frame()).toBeUndefined()
    }
    expect(a.batches).toEqual([])
    expect(log.warnings).toHaveLength(1)
    expect(log.warnings[0]?.message).toContain('does not use the protocol of a member')
  })

  test('that sends nothing is closed after a timeout', async () => {
    await using setting = await setUp({ handshakeTimeout: 20 })
    const peer = await dialRaw(setting.transport.address, null)
    expect(await peer.frame()).toBeUndefined()
    await until(() => setting.transport.drops().connections['handshake-timeout'] > 0)
  })

  test('is accepted although hundreds of others send nothing', async () => {
    await using setting = await setUp({ handshakeTimeout: 60_000 })
    const { transport, a } = setting
    const strangers = await Promise.all(Array.from({ length: 300 }, () => dialRaw(transport.address, null)))
    await strangers[0]!.closed
    const peer = await dialRaw(transport.address)
    await peer.frame()
    peer.socket.write(aMessage())
    await a.until(() => numbersFrom(a, 'b').length > 0)
    expect(strangers.at(-1)!.socket.writable).toBe(true)
    expect(transport.drops().connections['too-many-handshakes']).toBe(300 + 1 - 256)
    for (const { socket } of strangers) socket.destroy()
  })
})

describe('a peer that is dialled', () => {
  test('gets an Introduction, and no message before it has sent Welcome', async () => {
    await using setting = await setUp()
    const peer = await setting.b.next()
    const frame = await peer.frame()
    expect(frame?.kind).toBe(FrameKind.introduction)
    expect(decodeIntroduction(frame!.body)).toEqual({
      identity: setting.a.identity,
      to: 'b',
      lane: 'control',
      advertise: setting.transport.address,
    })
    setting.transport.send([to('b')(numbered(1))])
    peer.socket.write(welcomeOfB)
    await established(setting, peer)
    expect(setting.transport.stats().get('b')?.droppedMessages).toBeGreaterThan(0)
  })

  test('and refuses is dialled again much later, or when it dials in; the receiver is told', async () => {
    await using setting = await setUp({ random: () => 0.5 })
    using debug = vi.spyOn(setting.log, 'debug')
    const first = await setting.b.next()
    await first.frame()
    const refusal: Refusal = { reason: 'unknown-member', detail: 'who?' }
    first.socket.end(encodeRefusal(refusal))
    await setting.a.until(() => setting.a.refusedBy.has('b'))
    expect(setting.a.refusedBy.get('b')).toEqual(refusal)
    expect(setting.transport.links().get('b')).toMatchObject({ state: 'refused', by: 'b', refusal })
    expect(debug).toHaveBeenCalledWith(expect.objectContaining({ retryInMs: 3750 }), "no connection to 'b'")
    expect(setting.b.accepted).toBe(1)
    await dialRaw(setting.transport.address)
    await established(setting, await setting.b.welcomed())
    expect(setting.a.lost).toEqual([])
    expect(setting.log.warnings).toEqual([])
  })

  test('and is refused is told so, gets no message, and is dialled again much later', async () => {
    await using setting = await setUp({ random: () => 0.5 })
    const { a, b, transport } = setting
    const refusal: Refusal = { reason: 'older-copy', detail: 'it was restored from a copy' }
    a.judge = (_peer, answer) => answer(refusal)
    const peer = await b.welcomed()
    const frame = await peer.spoken()
    expect(frame?.kind).toBe(FrameKind.refused)
    expect(decodeRefusal(frame!.body)).toEqual(refusal)
    await peer.closed
    expect(transport.links().get('b')).toMatchObject({ state: 'refused', by: 'a', refusal })
    expect([a.acceptedBy.size, b.accepted]).toEqual([0, 1])
  })

  test.each([
    ['is no member', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers for another member', encodeWelcome({ identity: identityOf('c'), advertise: '' })],
  ])('and %s is dialled again much later', async (_, answer) => {
    await using setting = await setUp({ random: () => 0.5 })
    const peer = await setting.b.next()
    peer.socket.end(answer)
    const { fields, message } = await setting.log.first()
    expect(message).toContain('does not use the protocol of a member')
    expect(fields).toMatchObject({ retryInMs: 3750 })
    expect(setting.transport.links().get('b')).toMatchObject({
      state: 'unreachable',
      problem: fields.problem,
    })
  })
})

describe('the link to a peer', () => {
  test('says since when it cannot be reached, and why', async () => {
    const peers = { b: await freeAddress() }
    await using a = new Station(
      'a',
      new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers, retry: { first: 1, longest: 1 } }),
    )
    const before = performance.now()
    await a.open()
    const link = () => a.transport.links?.().get('b')
    while ((link() as { problem?: string }).problem == null) await new Promise(setImmediate)
    expect(link()).toMatchObject({ state: 'unreachable', problem: 'nothing listens there (ECONNREFUSED)' })
    expect(link()!.since).toBeGreaterThanOrEqual(before)
  })
})

describe('a process that shows a later start of a member while a connection of the one before is open', () => {
  const started = (count: number): Partial<Introduction> => {
    const recent = Array.from({ length: count }, (_, at) => `start-${at + 1}`)
    return { identity: { ...identityOf('b'), starts: { count, recent } } }
  }
  const setting = () => setUp({ aliveInterval: 200 })

  test('is met as the rival of a process that still speaks', async () => {
    await using own = await setting()
    const { transport, a } = own
    const first = await dialRaw(transport.address, started(1))
    expect((await first.frame())?.kind).toBe(FrameKind.welcome)
    const speaking = setInterval(() => first.socket.write(encodeAlive()), 20)
    await dialRaw(transport.address, started(2))
    await a.until(() => a.rivals.has('b'))
    clearInterval(speaking)
    expect(a.rivals.get('b')).toBe(`127.0.0.1:${first.socket.localPort}`)
  })

  test('is met alone when the one before has ended, or is silent as if its machine had lost its power', async () => {
    await using own = await setting()
    const { transport, a } = own
    const silent = await dialRaw(transport.address, started(1))
    expect((await silent.frame())?.kind).toBe(FrameKind.welcome)
    const second = await dialRaw(transport.address, started(2))
    expect((await second.spoken())?.kind).toBe(FrameKind.welcome)
    await silent.closed

    const third = await dialRaw(transport.address, started(3))
    second.socket.destroy()
    expect((await third.spoken())?.kind).toBe(FrameKind.welcome)
    expect(a.rivals.has('b')).toBe(false)
  })
})

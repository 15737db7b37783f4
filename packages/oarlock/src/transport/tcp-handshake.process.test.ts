import { numbered, numbersFrom, Station, to } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { dialRaw, freeAddress, WarningLog } from '../../test/raw-peer.ts'
import { established, setUp } from '../../test/raw-setting.ts'
import {
  decodeHello,
  decodeRefusal,
  encodeRefusal,
  encodeWelcome,
  FrameKind,
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
  test.each([
    [{ cluster: 'other' }, 'wrong-cluster', "it belongs to cluster 'other', and this member to 'test'"],
    [
      { version: 99 },
      'wrong-version',
      `it uses protocol version 99, and this member uses ${protocolVersion}`,
    ],
    [{ to: 'c' }, 'wrong-member', "it wants 'c', and this member is 'a'"],
    [{ from: 'x' }, 'unknown-member', "it is 'x', which is not among the peers of 'a'"],
    [{ from: 'a' }, 'unknown-member', "it is 'a', which is not among the peers of 'a'"],
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

  test.each([
    ['messages before any introduction', aMessage()],
    ['a request in another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a Welcome', encodeWelcome()],
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
    for (const { socket } of strangers) socket.destroy()
  })
})

describe('a peer that is dialled', () => {
  test('gets Hello, and no message before it has sent Welcome', async () => {
    await using setting = await setUp()
    const peer = await setting.b.next()
    const frame = await peer.frame()
    expect(frame?.kind).toBe(FrameKind.hello)
    expect(decodeHello(frame!.body)).toEqual({
      version: protocolVersion,
      cluster: 'test',
      from: 'a',
      to: 'b',
      lane: 'control',
    })
    setting.transport.send([to('b')(numbered(1))])
    peer.socket.write(encodeWelcome())
    await established(setting, peer)
    expect(setting.transport.stats().get('b')?.droppedMessages).toBeGreaterThan(0)
  })

  test('and refuses is dialled again much later, or when it dials in', async () => {
    await using setting = await setUp({ random: () => 0.5 })
    const first = await setting.b.next()
    await first.frame()
    first.socket.end(encodeRefusal({ reason: 'unknown-member', detail: 'who?' }))
    const { fields, message } = await setting.log.first()
    expect(message).toMatch(/^'b' at 127\.0\.0\.1:\d+ refuses this member \(unknown-member\): who\?$/)
    expect(fields).toMatchObject({ peer: 'b', reason: 'unknown-member', retryInMs: 3750 })
    expect(setting.b.accepted).toBe(1)
    await dialRaw(setting.transport.address)
    await established(setting, await setting.b.welcomed())
    expect(setting.a.lost).toEqual([])
    expect(setting.log.warnings).toHaveLength(1)
  })

  test('and is no member is dialled again much later', async () => {
    await using setting = await setUp({ random: () => 0.5 })
    const peer = await setting.b.next()
    peer.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    const { fields, message } = await setting.log.first()
    expect(message).toContain('does not use the protocol of a member')
    expect(fields).toMatchObject({ reason: 'no-member', retryInMs: 3750 })
  })
})

test('members of two clusters refuse each other, and both say so', async () => {
  const peers = { a: await freeAddress(), b: await freeAddress() }
  const members = (['a', 'b'] as const).map((id) => {
    const logger = new WarningLog()
    const transport = new TcpTransport({ id, listen: peers[id], peers, cluster: `cluster of ${id}`, logger })
    return { id, logger, transport, station: new Station(id, transport) }
  })
  await Promise.all(members.map(({ station }) => station.open()))
  await Promise.all(members.map(({ logger }) => logger.first()))
  for (const { id, logger, station } of members) {
    const other = id === 'a' ? 'b' : 'a'
    expect(logger.warnings[0]?.message).toMatch(
      new RegExp(
        `^(refused a connection from|'${other}' at ${peers[other]} refuses this member).*cluster of ${other}`,
      ),
    )
    expect(station.batches).toEqual([])
  }
  await Promise.all(members.map(({ transport }) => transport.close()))
})

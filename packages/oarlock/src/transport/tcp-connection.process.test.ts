import { describe, expect, test } from 'vitest'
import { encodeAlive, encodeHello, FrameKind, MessageBatch, protocolVersion } from '../wire/index.ts'
import { link, numbered, numbersFrom, Station } from './conformance-station.ts'
import { dialRaw, freeAddress, WarningLog } from './raw-peer.ts'
import { established, setUp } from './raw-setting.ts'
import { TcpTransport } from './tcp-transport.ts'

function encode(...numbers: number[]): Buffer {
  const batch = new MessageBatch()
  for (const n of numbers) batch.add(numbered(n))
  return batch.take().buffer
}

describe('receiving over TCP', () => {
  test('hands over in one call all that arrived in one chunk', async () => {
    await using setting = await setUp()
    const { transport, a } = setting
    const peer = await dialRaw(transport.address)
    await peer.frame()
    peer.socket.write(Buffer.concat([encode(1, 2), encodeAlive(), encode(3), encode(4)]))
    await a.until(() => numbersFrom(a, 'b').length >= 4)
    expect(a.batches.map(({ messages }) => messages.length)).toEqual([4])
  })

  test('a newer connection of a peer takes the place of its older one', async () => {
    await using setting = await setUp()
    const { transport, a } = setting
    const older = await dialRaw(transport.address)
    expect((await older.frame())?.kind).toBe(FrameKind.welcome)
    const newer = await dialRaw(transport.address)
    await older.closed
    newer.socket.write(encode(1))
    await a.until(() => numbersFrom(a, 'b').length >= 1)
  })

  test.each([
    ['bytes that do not check out', Buffer.concat([encode(1).fill(0xff, 12, 13), encode(2)])],
    ['an announced frame beyond the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a second Hello', encodeHello({ version: protocolVersion, cluster: 'test', from: 'b', to: 'a' })],
  ])('%s end the connection, with one warning, and none of them is handed over', async (_, bytes) => {
    await using setting = await setUp()
    const { transport, a, log } = setting
    for (let round = 0; round < 3; round++) {
      const peer = await dialRaw(transport.address)
      await peer.frame()
      peer.socket.write(bytes)
      await peer.closed
    }
    expect(a.batches).toEqual([])
    expect(
      log.warnings.filter(({ message }) => message.includes('does not speak like a member')),
    ).toHaveLength(1)
  })
})

describe('a peer that vanished without a word', () => {
  test('is given up by the side that dialled, after five silent intervals', async () => {
    await using setting = await setUp({ aliveInterval: 10 })
    await established(setting, await setting.b.welcomed())
    await setting.a.until(() => setting.a.lost.includes('b'))
  })

  test('is given up by the side that accepted', async () => {
    await using setting = await setUp({ aliveInterval: 10 })
    const { transport } = setting
    const peer = await dialRaw(transport.address)
    await peer.closed
  })

  test('one that says it is alive is kept', async () => {
    await using setting = await setUp({ aliveInterval: 10 })
    const peers = [await dialRaw(setting.transport.address), await setting.b.welcomed()]
    const answered = peers.map(
      (peer) =>
        new Promise<void>((resolve) => {
          let frames = 0
          peer.socket.on('data', () => {
            peer.socket.write(encodeAlive())
            if (++frames === 12) resolve()
          })
        }),
    )
    await Promise.all(answered)
    expect(setting.a.lost).toEqual([])
    expect(peers.map(({ socket }) => socket.writable)).toEqual([true, true])
  })
})

describe('finding a peer', () => {
  test('one that dials in is dialled back at once, whatever the back-off', async () => {
    const peers = { a: await freeAddress(), b: await freeAddress() }
    const log = new WarningLog()
    const retry = { first: 1e9, longest: 1e9, refused: 1e9 }
    const member = (id: 'a' | 'b') =>
      new Station(id, new TcpTransport({ id, listen: peers[id], peers, cluster: 'test', retry, logger: log }))
    await using a = member('a')
    await using b = member('b')
    await a.open()
    expect((await log.first()).message).toContain(`cannot reach 'b' at ${peers.b}`)
    await b.open()
    await Promise.all([link(a, b), link(b, a)])
  })

  test('one that does not answer is tried again', async () => {
    await using setting = await setUp({ handshakeTimeout: 20 })
    const { b } = setting
    await (await b.next()).closed
    await b.next()
  })
})

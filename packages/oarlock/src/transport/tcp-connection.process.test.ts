import { link, numbered, numbersFrom, Station, specimens, to } from '@oarlock/testkit/conformance'
import { describe, expect, test, vi } from 'vitest'
import { dialRaw, freeAddress, helloOfB, type RawPeer, WarningLog, welcomeOfB } from '../../test/raw-peer.ts'
import { connected, established, setUp } from '../../test/raw-setting.ts'
import { encodeAlive, encodeHello, encodeRefusal, FrameKind, MessageBatch } from '../wire/index.ts'
import { type NameLookup, NameNotResolvedError } from './names/index.ts'
import { TcpTransport } from './tcp-transport.ts'

function encode(...numbers: number[]): Buffer {
  const batch = new MessageBatch()
  for (const n of numbers) batch.add(numbered(n))
  return batch.encode().buffer
}

describe('receiving over TCP', () => {
  test('delivers in one call everything that arrived in one chunk', async () => {
    await using setting = await setUp()
    const { transport, a } = setting
    const peer = await dialRaw(transport.address)
    await peer.frame()
    peer.socket.write(Buffer.concat([encode(1, 2), encodeAlive(), encode(3), encode(4)]))
    await a.until(() => numbersFrom(a, 'b').length >= 4)
    expect(a.batches.map(({ messages }) => messages.length)).toEqual([4])
  })

  test('a newer connection of a peer replaces its older one', async () => {
    await using setting = await setUp()
    const { transport, a } = setting
    const older = await dialRaw(transport.address)
    expect((await older.frame())?.kind).toBe(FrameKind.welcome)
    const newer = await dialRaw(transport.address)
    await older.closed
    newer.socket.write(encode(1))
    await a.until(() => numbersFrom(a, 'b').length >= 1)
  })

  test('a newer connection of a peer does not replace its connection for the other lane', async () => {
    await using setting = await setUp()
    const { transport, a } = setting
    const bulk = await dialRaw(transport.address, { lane: 'bulk' })
    await bulk.frame()
    const control = await dialRaw(transport.address)
    await control.frame()
    bulk.socket.write(encode(1))
    control.socket.write(encode(2))
    await a.until(() => numbersFrom(a, 'b').length >= 2)
    expect([bulk.socket.writable, control.socket.writable]).toEqual([true, true])
  })

  test.each([
    ['bytes with a wrong checksum', Buffer.concat([encode(1).fill(0xff, 12, 13), encode(2)])],
    ['an announced frame beyond the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a second Hello', encodeHello(helloOfB)],
  ])('%s end the connection, with one warning, and none of them is delivered', async (_, bytes) => {
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
      log.warnings.filter(({ message }) => message.includes('does not use the protocol of a member')),
    ).toHaveLength(1)
  })
})

describe('the two connections to a peer', () => {
  test.each(['control', 'bulk'] as const)(
    'nothing is sent before the one for %s is up, too',
    async (late) => {
      await using setting = await setUp()
      const { transport, a, b } = setting
      b.welcomesBulk = false
      const peers = { control: await b.next('control'), bulk: await b.next('bulk') }
      const early = late === 'control' ? peers.bulk : peers.control
      await early.frame()
      early.socket.write(welcomeOfB)
      await a.until(() => a.met.has('b'))
      transport.send([to('b')(numbered(1)), to('b')(specimens.propose)])
      expect(transport.stats().get('b')).toMatchObject({ connected: false, droppedMessages: 2 })
      await peers[late].frame()
      peers[late].socket.write(welcomeOfB)
      await established(setting, peers.control)
    },
  )

  test.each(['control', 'bulk'] as const)(
    'are lost together: if that for %s ends, both are dialled again',
    async (lane) => {
      await using setting = await setUp()
      const { a } = setting
      const first = await connected(setting)
      first[lane].socket.destroy()
      await Promise.all([first.control.closed, first.bulk.closed])
      await a.until(() => a.lost.includes('b'))
      await connected(setting)
      expect(a.lost).toEqual(['b'])
    },
  )
})

describe('a peer that is silent', () => {
  test.each(['control', 'bulk'] as const)(
    'on %s is dropped by the side that dialled, after five intervals',
    async (silent) => {
      await using setting = await setUp({ aliveInterval: 10 })
      const dialled = await connected(setting)
      const other = silent === 'control' ? dialled.bulk : dialled.control
      other.socket.on('data', () => other.socket.write(encodeAlive()))
      await setting.a.until(() => setting.a.lost.includes('b'))
    },
  )

  test('is dropped by the side that accepted', async () => {
    await using setting = await setUp({ aliveInterval: 10 })
    const { transport } = setting
    const peer = await dialRaw(transport.address)
    await peer.closed
  })

  test('is kept if it only sends that it is alive', async () => {
    await using setting = await setUp({ aliveInterval: 10 })
    const { control, bulk } = await connected(setting)
    const peers = [await dialRaw(setting.transport.address), control, bulk]
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
    expect(peers.map(({ socket }) => socket.writable)).toEqual([true, true, true])
  })
})

describe('finding a peer', () => {
  const retry = { first: 1e9, longest: 1e9, refused: 1e9 }

  test('one that dials in is dialled back at once, whatever the back-off', async () => {
    const peers = { a: await freeAddress(), b: await freeAddress() }
    const log = new WarningLog()
    const member = (id: 'a' | 'b') =>
      new Station(id, new TcpTransport({ id, listen: peers[id], peers, retry, logger: log }))
    await using a = member('a')
    await using b = member('b')
    await a.open()
    expect((await log.first()).message).toContain(`cannot reach 'b' at ${peers.b}`)
    await b.open()
    await Promise.all([link(a, b), link(b, a)])
  })

  test.each([
    ['fails', (peer: RawPeer) => peer.socket.destroy()],
    [
      'is refused',
      (peer: RawPeer) => peer.socket.end(encodeRefusal({ reason: 'unknown-member', detail: 'who?' })),
    ],
  ])('one that dials in while a dial is under way that %s is dialled again at once', async (_, end) => {
    await using setting = await setUp({ retry })
    const { transport, b } = setting
    const dialled = await b.next()
    await dialled.frame()
    const peer = await dialRaw(transport.address)
    expect((await peer.frame())?.kind).toBe(FrameKind.welcome)
    end(dialled)
    await established(setting, await b.welcomed())
    expect(b.accepted).toBe(2)
  })

  test('one that dials in and cannot be dialled back is tried once at once, then after a pause', async () => {
    const random = vi.fn(() => 0.5)
    await using setting = await setUp({ retry, random })
    const { transport, b } = setting
    const dialled = await b.next()
    await (await dialRaw(transport.address)).frame()
    dialled.socket.destroy()
    const again = await b.next()
    expect(random).not.toHaveBeenCalled()
    again.socket.destroy()
    while (random.mock.calls.length === 0) await new Promise(setImmediate)
    expect(b.accepted).toBe(2)
  })

  test('one that dials in before its restart was noticed is dialled again at once', async () => {
    using clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    await using setting = await setUp({ retry })
    const { transport, a, b } = setting
    const older = await b.welcomed()
    await established(setting, older)
    clock.mockReturnValue(1000)
    await (await dialRaw(transport.address)).frame()
    older.socket.destroy()
    await established(setting, await b.welcomed())
    expect(a.lost).toEqual(['b'])
  })

  test.each(['before', 'after'])(
    'one that dials in just %s the connection to it was made, and drops it, is dialled again after a pause',
    async (when) => {
      using _ = vi.spyOn(performance, 'now').mockReturnValue(0)
      await using setting = await setUp({ retry, random: () => 0.5 })
      using debug = vi.spyOn(setting.log, 'debug')
      const { transport, a, b } = setting
      const made = await b.next()
      await made.frame()
      if (when === 'before') await (await dialRaw(transport.address)).frame()
      made.socket.write(welcomeOfB)
      await established(setting, made)
      if (when === 'after') await (await dialRaw(transport.address)).frame()
      made.socket.destroy()
      await a.until(() => a.lost.includes('b'))
      expect(debug).toHaveBeenLastCalledWith(
        expect.objectContaining({ retryInMs: 5e8 }),
        "lost the connection to 'b'",
      )
    },
  )

  describe('by a host name', () => {
    /** Each call waits for `answer`, which the test calls with the result. */
    function lookUps() {
      const pending: PromiseWithResolvers<readonly string[]>[] = []
      const lookup = vi.fn<NameLookup>(() => {
        const answer = Promise.withResolvers<readonly string[]>()
        pending.push(answer)
        return answer.promise
      })
      return { lookup, next: () => pending.shift()! }
    }

    test('has one look-up under way at most, however often the peer dials in', async () => {
      const { lookup } = lookUps()
      await using setting = await setUp({ lookup }, 'localhost')
      for (let n = 0; n < 10; n++) {
        const peer = await dialRaw(setting.transport.address)
        await peer.frame()
        peer.socket.destroy()
      }
      expect(lookup).toHaveBeenCalledTimes(1)
      expect(lookup.mock.calls[0]?.[0]).toBe('localhost')
    })

    test('uses one answer for both connections, and asks again when they are lost', async () => {
      const { lookup, next } = lookUps()
      await using setting = await setUp({ lookup }, 'localhost')
      next().resolve(['127.0.0.1'])
      const { control } = await connected(setting)
      expect(lookup).toHaveBeenCalledTimes(1)
      control.socket.destroy()
      await setting.a.until(() => setting.a.lost.includes('b'))
      while (lookup.mock.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    })

    test('goes on with the last answer while no name server answers, and not if the name is gone', async () => {
      const { lookup, next } = lookUps()
      await using setting = await setUp({ lookup }, 'localhost')
      next().resolve(['127.0.0.1'])
      const first = await connected(setting)
      first.control.socket.destroy()
      while (lookup.mock.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
      next().reject(new NameNotResolvedError('localhost', 'ETIMEOUT', false))
      const second = await connected(setting)
      second.control.socket.destroy()
      while (lookup.mock.calls.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
      next().reject(new NameNotResolvedError('localhost', 'ENOTFOUND', true))
      const { message } = await setting.log.first()
      expect(message).toContain("the name 'localhost' is not resolved: it is unknown (ENOTFOUND)")
      expect(setting.transport.links().get('b')).toMatchObject({ state: 'unreachable' })
      expect(setting.b.accepted).toBe(2)
    })

    test.each([[[]], [['not an address']], [undefined]])('refuses the answer %j', async (answer) => {
      const { lookup, next } = lookUps()
      await using setting = await setUp({ lookup }, 'localhost')
      next().resolve(answer as string[])
      const { message } = await setting.log.first()
      expect(message).toContain("the look-up of 'localhost' gave no IP addresses")
    })

    test('ends its look-up when it is closed', async () => {
      const { lookup, next } = lookUps()
      const setting = await setUp({ lookup }, 'localhost')
      const signal = lookup.mock.calls[0]![1]
      await setting[Symbol.asyncDispose]()
      expect(signal.aborted).toBe(true)
      next().resolve(['127.0.0.1'])
      await new Promise(setImmediate)
      expect([lookup.mock.calls.length, setting.b.accepted]).toEqual([1, 0])
    })
  })

  test('one that does not answer is dialled again', async () => {
    await using setting = await setUp({ handshakeTimeout: 20 })
    const { b } = setting
    await (await b.next()).closed
    await b.next()
  })
})

import { lanes } from '@oarlock/runtime'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { link, numbered, numbersFrom, Station, specimens, to } from '@oarlock/testkit/conformance'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import { connect } from '../connection/index.ts'
import { RedisBus, type RedisBusOptions } from './bus.ts'
import { type BusFrame, BusKind, encodeFrame } from './frame.ts'
import { MessageAuthentication } from './message-authentication.ts'

const text = (body: Uint8Array): string => Buffer.from(body).toString()

describeWithRedis('a bus', () => {
  let server: RedisServer
  /** A client with access to Redis, but without a secret. */
  let stranger: Redis
  let prefixes = 0
  let prefix = ''
  let log: RecordingLog
  const endings: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    server = await RedisServer.start()
    stranger = new Redis(server.options)
    stranger.on('error', () => {})
  })
  afterAll(async () => {
    stranger.disconnect()
    await server[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    for (const end of endings.splice(0)) await end()
  })

  const newPrefix = (): void => {
    prefix = `bus-${++prefixes}`
    log = new RecordingLog()
  }
  /** It receives when it is opened, and sends when its connection is up. */
  const opened = async ({ opened, connection }: RedisBus): Promise<void> => {
    await opened
    if (!connection.isUp) await new Promise<void>((resolve) => connection.onChange(() => resolve()))
  }
  const open = async (id: string, options: Partial<RedisBusOptions> = {}): Promise<RedisBus> => {
    const connection = connect(server.options, { prefix, bulk: options.lanes?.includes('bulk') ?? false })
    const bus = new RedisBus({ connection, prefix, id, logger: log, ...options })
    endings.push(
      () => bus.close(),
      () => connection.close(),
    )
    await opened(bus)
    return bus
  }
  const station = async (bus: RedisBus, cluster = 'c'): Promise<Station> => {
    const made = new Station(bus.id, bus.transport(cluster))
    await made.open()
    return made
  }
  /** The announcements that this bus receives, in order, as 'sender: text'. */
  const hearing = (bus: RedisBus): { readonly all: string[]; until(said: string): Promise<void> } => {
    const all: string[] = []
    let changed = (): void => {}
    bus.onAnnouncement((from, body) => {
      all.push(`${from}: ${text(body)}`)
      changed()
    })
    return {
      all,
      until: (said) =>
        new Promise((resolve) => {
          changed = () => {
            if (all.includes(said)) resolve()
          }
          changed()
        }),
    }
  }
  /** Every payload on a channel from now on. */
  const tap = async (channel: string): Promise<Buffer[]> => {
    const payloads: Buffer[] = []
    const tapping = stranger.duplicate()
    tapping.on('messageBuffer', (_, payload) => payloads.push(payload))
    await tapping.subscribe(channel)
    endings.push(async () => tapping.disconnect())
    return payloads
  }
  const all = (): string => `{${prefix}}:all`
  const frameOf = (frame: Partial<BusFrame>): BusFrame => ({
    kind: BusKind.announcement,
    from: 'm',
    session: { start: Date.now(), nonce: 'mallory' },
    counter: 1,
    cluster: '',
    body: Buffer.from('forged'),
    ...frame,
  })

  test('announces to all other instances', async () => {
    newPrefix()
    const [a, b, c] = await Promise.all([open('a'), open('b'), open('c')])
    const [heardA, heardB, heardC] = [hearing(a), hearing(b), hearing(c)]
    await a.announce(Buffer.from('one'))
    await b.announce(Buffer.from('two'))
    await Promise.all([heardA.until('b: two'), heardB.until('a: one'), heardC.until('b: two')])
    expect([heardA.all, heardB.all, heardC.all]).toEqual([['b: two'], ['a: one'], ['a: one', 'b: two']])
  })

  test('knows which instances are connected', async () => {
    newPrefix()
    const [a, b] = await Promise.all([open('a'), open('b')])
    expect([await a.subscribers('b'), await a.subscribers('x')]).toEqual([1, 0])
    await b.close()
    expect(await a.subscribers('b')).toBe(0)
  })

  test('a transport receives only messages of its own cluster', async () => {
    newPrefix()
    const [a, b] = await Promise.all([open('a'), open('b')])
    const [a1, b1, a2, b2] = await Promise.all([
      station(a, 'first'),
      station(b, 'first'),
      station(a, 'second'),
      station(b, 'second'),
    ])
    await Promise.all([link(a1, b1), link(a2, b2)])
    a1.transport.send([to('b')(numbered(1))])
    a2.transport.send([to('b')(numbered(2))])
    await b2.until(() => b2.batches.length > 0)
    expect([numbersFrom(b1, 'a'), numbersFrom(b2, 'a')]).toEqual([[1], [2]])
    await Promise.all([a1.transport.close(), b1.transport.close()])
    a1.transport.send([to('b')(numbered(3))])
    const b3 = await station(b, 'third')
    const a3 = await station(a, 'third')
    await link(a3, b3)
    expect(b3.batches).toEqual([])
  })

  test('puts messages together up to a size, and splits longer batches', async () => {
    newPrefix()
    const [a, b] = await Promise.all([open('a'), open('b')])
    const [sa, sb] = await Promise.all([station(a), station(b)])
    await link(sa, sb)
    const data = new Uint8Array(200 * 1024)
    const long = { type: 'propose', request: 1, entries: [{ type: 'normal', data }] } as const
    sa.transport.send([long, long, long, long, long].map(to('b')))
    await sb.until(() => sb.messagesFrom('a').length >= 5)
    expect(sb.batches.map(({ messages }) => messages.length)).toEqual([2, 2, 1])
  })

  test('with two lanes, has a channel for each, and drops what is replayed on either', async () => {
    newPrefix()
    const options = { lanes, secrets: ['ours'] }
    const [a, b] = await Promise.all([open('a', options), open('b', options)])
    const [sa, sb] = await Promise.all([station(a), station(b)])
    const channels = lanes.map((lane) => b.channelOf('b', lane))
    const said = await Promise.all(channels.map((channel) => tap(channel)))
    await link(sa, sb)
    sa.transport.send([specimens.propose, numbered(1)].map(to('b')))
    await sb.until(() => sb.messagesFrom('a').length === 2)
    for (const [at, channel] of channels.entries()) {
      expect(said[at]!.length).toBeGreaterThan(0)
      for (const payload of [...said[at]!]) {
        await stranger.publish(channel, payload)
        await stranger.publish(channels[1 - at]!, payload)
      }
    }
    sa.transport.send([{ ...specimens.propose, request: 2 }, numbered(2)].map(to('b')))
    await sb.until(() => sb.messagesFrom('a').length >= 4)
    expect(sb.messagesFrom('a').filter(({ type }) => type === 'propose')).toHaveLength(2)
    expect(numbersFrom(sb, 'a')).toEqual([1, 2])
  })

  test('separates prefixes and databases', async () => {
    newPrefix()
    const heard = hearing(await open('a'))
    const elsewhere = connect({ ...server.options, db: 1 }, { prefix })
    const there = new RedisBus({ connection: elsewhere, prefix, id: 'x' })
    endings.push(() => elsewhere.close())
    const beside = await open('y', { prefix: `${prefix}-beside` })
    await opened(there)
    await there.announce(Buffer.from('from there'))
    await beside.announce(Buffer.from('from beside'))
    await (await open('b')).announce(Buffer.from('from here'))
    await heard.until('b: from here')
    expect(heard.all).toEqual(['b: from here'])
    await there.close()
  })

  test('drops damaged payloads, and warns once', async () => {
    newPrefix()
    const heard = hearing(await open('a'))
    const b = await open('b', { logger: new RecordingLog() })
    for (const junk of ['', 'x', 'OA', 'hello everybody', Buffer.alloc(1000, 1)])
      await stranger.publish(all(), junk)
    const whole = encodeFrame(frameOf({}), all(), null)
    for (let length = 0; length < whole.length; length++)
      await stranger.publish(all(), whole.subarray(0, length))
    await b.announce(Buffer.from('still here'))
    await heard.until('b: still here')
    expect(heard.all).toEqual(['b: still here'])
    expect(log.warnings).toEqual([expect.stringContaining('it is damaged, or not from this package')])
  })

  test('refuses other versions of the frame and of the messages', async () => {
    newPrefix()
    const heard = hearing(await open('a'))
    for (const at of [2, 3]) {
      const other = encodeFrame(frameOf({ counter: at }), all(), null)
      other[at]!++
      await stranger.publish(all(), other)
    }
    await stranger.publish(
      all(),
      encodeFrame(frameOf({ counter: 9, body: Buffer.from('right') }), all(), null),
    )
    await heard.until('m: right')
    expect(heard.all).toEqual(['m: right'])
    expect(log.warnings).toEqual([
      expect.stringContaining('its sender runs an incompatible version of this package'),
    ])
  })

  test.each([
    ['another secret', ['another'], 'another secret, or it was altered on the way'],
    ['no secret', [], 'its sender has no secret'],
  ])('with a secret, drops messages of a sender that has %s', async (_, secrets, why) => {
    newPrefix()
    const heard = hearing(await open('a', { secrets: ['ours'] }))
    const b = await open('b', { secrets: ['ours'] })
    const c = await open('c', { secrets, logger: new RecordingLog() })
    const heardC = hearing(c)
    await b.announce(Buffer.from('secret'))
    await c.announce(Buffer.from('let me in'))
    await c.announce(Buffer.from('please'))
    await b.announce(Buffer.from('done'))
    await heard.until('b: done')
    expect(heard.all).toEqual(['b: secret', 'b: done'])
    expect(log.warnings.filter((warning) => warning.includes(why)).length).toBe(2) // a and b, once each
    const d = await open('d', { secrets, logger: new RecordingLog() })
    await d.announce(Buffer.from('you too?'))
    await heardC.until('d: you too?')
    expect(heardC.all).toEqual(['d: you too?'])
  })

  test('with a secret, drops a frame that was altered or copied to another channel', async () => {
    newPrefix()
    const a = await open('a', { secrets: ['ours'] })
    const heard = hearing(a)
    const b = await open('b', { secrets: ['ours'], logger: new RecordingLog() })
    const authentication = new MessageAuthentication(['ours'])
    const forged = encodeFrame(frameOf({ from: 'x', counter: 100 }), all(), authentication)
    for (let at = 0; at < forged.length; at++) {
      const altered = Buffer.from(forged)
      altered[at]! ^= 1
      await stranger.publish(all(), altered)
    }
    await stranger.publish(
      all(),
      encodeFrame(frameOf({ from: 'x', counter: 101 }), a.channelOf('a'), authentication),
    )
    await stranger.publish(a.channelOf('a'), forged)
    const forB = encodeFrame(frameOf({ from: 'x', counter: 102 }), a.channelOf('b'), authentication)
    await stranger.publish(a.channelOf('a'), forB)
    await b.announce(Buffer.from('done'))
    await heard.until('b: done')
    expect(heard.all).toEqual(['b: done'])
    await stranger.publish(all(), forged) // accepted when unaltered, so the forgery itself is valid
    await heard.until('x: forged')
  })

  test('drops replayed frames, in whatever order they come', async () => {
    newPrefix()
    const heard = hearing(await open('a', { secrets: ['ours'] }))
    const b = await open('b', { secrets: ['ours'] })
    const said = await tap(all())
    for (const word of ['one', 'two', 'three']) await b.announce(Buffer.from(word))
    await heard.until('b: three')
    for (const payload of said.toReversed()) await stranger.publish(all(), payload)
    await b.announce(Buffer.from('four'))
    await heard.until('b: four')
    expect(heard.all).toEqual(['b: one', 'b: two', 'b: three', 'b: four'])
    expect(said.length).toBeGreaterThanOrEqual(3)
  })

  test('accepts a restarted instance, and drops frames of its previous session', async () => {
    newPrefix()
    const heard = hearing(await open('a', { secrets: ['ours'] }))
    const b = await open('b', { secrets: ['ours'] })
    const said = await tap(all())
    await b.announce(Buffer.from('before'))
    await heard.until('b: before')
    await b.close()
    const again = await open('b', { secrets: ['ours'] })
    await again.announce(Buffer.from('after'))
    await heard.until('b: after')
    await stranger.publish(all(), said[0]!)
    await again.announce(Buffer.from('still me'))
    await heard.until('b: still me')
    expect(heard.all).toEqual(['b: before', 'b: after', 'b: still me'])
  })

  test('accepts a restarted instance whose clock was set back, after it has started a newer session', async () => {
    newPrefix()
    const heard = hearing(await open('a', { secrets: ['ours'] }))
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
    const opening = open('b', { secrets: ['ours'] })
    clock.mockRestore()
    const b = await opening
    await b.announce(Buffer.from('from the future'))
    await heard.until('b: from the future')
    await b.close()
    const again = await open('b', { secrets: ['ours'] })
    const speaking = setInterval(() => again.announce(Buffer.from('now')).catch(() => {}), 5)
    await heard.until('b: now')
    clearInterval(speaking)
    expect(log.warnings).toContainEqual(expect.stringContaining("dropped a message from 'b': it is older"))
  })

  test('reports a peer that is gone, once', async () => {
    newPrefix()
    const [a, b] = await Promise.all([open('a'), open('b')])
    const sa = await station(a)
    await link(sa, await station(b))
    await b.close()
    for (let n = 0; n < 3; n++) sa.transport.send([to('b')(numbered(n))])
    await sa.until(() => sa.lost.length > 0)
    await a.announce(Buffer.from('all three are answered by now'))
    expect(sa.lost).toEqual(['b'])
  })

  test('does not report a peer that reconnects a little later than this instance', async () => {
    newPrefix()
    await using own = await RedisServer.start()
    const connection = connect(own.options, { prefix })
    endings.push(() => connection.close())
    const bus = new RedisBus({ connection, prefix, id: 'a' })
    await bus.opened
    const sa = await station(bus)
    await own.kill()
    await own.start()
    if (!connection.isUp)
      await new Promise<void>((resolve) => connection.onChange((isUp) => isUp && resolve()))
    sa.transport.send([to('b')(numbered(1))])
    await bus.announce(Buffer.from('that is answered by now'))
    expect(sa.lost).toEqual([])
    await sa.transport.close()
    await bus.close()
  })

  test('gives an id that two processes claim at the same time to one of them', async () => {
    newPrefix()
    const buses = await Promise.all([open('a'), open('a')])
    const owners = await Promise.all(buses.map((bus) => bus.ownerOfId()))
    expect(owners.filter((owner) => owner === null)).toHaveLength(1)
  })
})

import { type ClientConnection, DecodeError, encodeSessionCommand, type StoreLink } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it, vi } from 'vitest'
import type { StoreBackend } from '../api/backend.ts'
import { encodeRequest } from '../codec/index.ts'
import type { Operation, RangeRequest } from '../model/requests.ts'
import { everything, only } from '../model/sorted-map.ts'
import { type ClientRequest, decodeClientAnswer, encodeClientRequest } from './messages.ts'
import { type ClientLimits, ClientService } from './service.ts'

const ofOne: ClientLimits = { requests: 2, watches: 3, queuedBytes: 1000 }
const ofAll: ClientLimits = { requests: 3, watches: 4, queuedBytes: 50_000 }
const range = {
  type: 'range',
  request: { type: 'range', range: { from: new Uint8Array(0), before: null } },
  consistency: 'local',
} satisfies ClientRequest
const take: ClientRequest = {
  type: 'take',
  watch: { range: { from: new Uint8Array(0), before: null }, from: 2 },
}

/** A member that answers nothing, and its clients. */
function setUp(limits: { ofOne: ClientLimits; ofAll: ClientLimits } = { ofOne, ofAll }) {
  const clock = new FakeClock()
  const never = () => new Promise<never>(() => {})
  const service = new ClientService({
    link: { clock, electionTimeout: 500, leader: 'a' } as unknown as StoreLink,
    backend: { range: never, watch: never } as unknown as StoreBackend,
    size: () => 1,
    ...limits,
  })
  const client = () => {
    const answers: ReturnType<typeof decodeClientAnswer>[] = []
    const cut: string[] = []
    const connection: ClientConnection & { queuedBytes: number } = {
      queuedBytes: 0,
      send: (message) => void answers.push(decodeClientAnswer(message)),
      destroy: (why) => {
        cut.push(why)
        handler.closed()
      },
    }
    const handler = service.serve(connection)
    let last = 0
    const ask = (request: ClientRequest): number => {
      handler.received(encodeClientRequest(++last, request))
      return last
    }
    return { handler, connection, answers, cut, ask }
  }
  return { service, client }
}

const refused = (number: number, message: RegExp) => ({
  number,
  answer: {
    error: {
      code: 'OARLOCK_TOO_MANY_REQUESTS',
      outcome: 'not-applied',
      message: expect.stringMatching(message),
      leader: null,
    },
  },
})

describe('what clients may cost', () => {
  it('is bounded for each: its requests, and its watches apart from them', () => {
    const { client } = setUp()
    const { ask, answers } = client()
    for (const request of [range, range, take, take, take]) ask(request)
    expect(answers).toEqual([])
    ask(range)
    ask(take)
    expect(answers).toEqual([
      refused(6, /^a client may have 2 requests/),
      refused(7, /^a client may have 3 watches/),
    ])
  })

  it('is bounded for all together, and given back when one is gone', () => {
    const { client, service } = setUp()
    const [first, second, third] = [client(), client(), client()]
    for (const one of [first, second]) for (const request of [range, take, take]) one.ask(request)
    third.ask(range)
    third.ask(range)
    third.ask(take)
    expect(third.answers).toEqual([
      refused(2, /^the clients of a member may have 3 requests/),
      refused(3, /^the clients of a member may have 4 watches/),
    ])
    expect(service.counts).toEqual({ clients: 3, requests: 3, watches: 4 })
    first.handler.closed()
    third.ask(range)
    third.ask(take)
    expect(third.answers).toHaveLength(2)
    second.handler.closed()
    third.handler.closed()
    expect(service.counts).toEqual({ clients: 0, requests: 0, watches: 0 })
  })

  it('cuts off the client that does not read, and of many the one that reads least', () => {
    const { client } = setUp({ ofOne: { ...ofOne, requests: 0, queuedBytes: 100_000 }, ofAll })
    const [quick, slow, slower] = [client(), client(), client()]
    slower.connection.queuedBytes = 30_000
    slow.connection.queuedBytes = 20_001
    quick.ask(range) // which is answered, as it is one too many
    expect(slower.cut).toEqual([])
    slow.ask(range)
    expect([quick.cut, slow.cut, slower.cut]).toEqual([[], [], ['a client does not read its answers']])
    slow.connection.queuedBytes = 100_001
    slow.ask(range)
    expect(slow.cut).toEqual(['a client does not read its answers'])
  })

  it('a number that is open already is refused', () => {
    const { client } = setUp()
    const { handler } = client()
    handler.received(encodeClientRequest(1, range))
    expect(() => handler.received(encodeClientRequest(1, range))).toThrow(DecodeError)
  })
})

/** A member of which the log takes everything. */
function submitting() {
  const clock = new FakeClock()
  const submitted: Uint8Array[] = []
  const submit: StoreLink['submit'] = (_kind, bytes, _signal, { resolve }) => {
    submitted.push(bytes)
    resolve(null)
  }
  const service = new ClientService({
    link: { clock, electionTimeout: 500, leader: 'a', submit } as unknown as StoreLink,
    backend: {} as StoreBackend,
    size: () => 1,
  })
  const answers: ReturnType<typeof decodeClientAnswer>[] = []
  const handler = service.serve({
    queuedBytes: 0,
    send: (message) => void answers.push(decodeClientAnswer(message)),
    destroy: () => expect.unreachable(),
  })
  const ask = async (request: ClientRequest) => {
    handler.received(encodeClientRequest(answers.length + 1, request))
    await vi.waitUntil(() => answers.length > 0)
    return answers.pop()!.answer
  }
  return { ask, submitted }
}

const place = { session: 3, number: 1, acknowledged: 1 }
const command = (bytes: Uint8Array): ClientRequest => ({
  type: 'command',
  bytes: encodeSessionCommand(place, bytes),
})
const key = Uint8Array.of(1)
const put = { type: 'put', key, value: key, lease: 0 } as const
const transaction = (success: readonly Operation[]) =>
  ({ type: 'transaction', when: [], success, failure: [] }) as const

describe('what would stop the members that apply it', () => {
  it.each<[string, Uint8Array]>([
    ['a command that nobody can decode', Uint8Array.of(200, 1)],
    ['a command that is cut short', encodeRequest(put).subarray(0, 3)],
    ['a command with something behind it', Uint8Array.of(...encodeRequest(put), 0)],
    ['an empty key', encodeRequest({ ...put, key: new Uint8Array(0) })],
    ['a long key', encodeRequest({ ...put, key: new Uint8Array(4097) })],
    ['a long value', encodeRequest({ ...put, value: new Uint8Array(2 ** 20 + 1) })],
    [
      'a long end of a range',
      encodeRequest({ type: 'delete', range: { from: key, before: new Uint8Array(5000) } }),
    ],
    ['a long transaction', encodeRequest(transaction(Array.from({ length: 1025 }, () => put)))],
    [
      'many conditions',
      encodeRequest({
        ...transaction([put]),
        when: Array.from({ length: 1024 }, () => ({
          range: { from: key, before: null },
          operator: '=' as const,
          target: 'mod' as const,
          number: 1,
        })),
      }),
    ],
    ['the greatest id of a lease', encodeRequest({ type: 'grant', id: 2 ** 53 - 1, ttl: 1000, owner: 1 })],
    ['a lease that has ended at once', encodeRequest({ type: 'grant', id: 0, ttl: 0, owner: 1 })],
    ['limits', encodeRequest({ type: 'limit', limits: { keys: 1, bytes: 1, leases: 1 } })],
  ])('%s never comes into the log', async (_what, bytes) => {
    const { ask, submitted } = submitting()
    expect(await ask(command(bytes))).toMatchObject({
      error: { code: 'OARLOCK_INVALID_COMMAND', outcome: 'not-applied' },
    })
    expect(submitted).toEqual([])
  })

  it.each<ClientRequest>([
    { type: 'command', bytes: new Uint8Array(17) },
    { type: 'open', bytes: new Uint8Array(5) },
    { type: 'close', bytes: new Uint8Array(0) },
  ])('%o never comes into the log', async (request) => {
    const { ask, submitted } = submitting()
    expect(await ask(request)).toHaveProperty('error')
    expect(submitted).toEqual([])
  })

  it('what an application may ask for does', async () => {
    const { ask, submitted } = submitting()
    const largest = [
      put,
      { ...put, key: new Uint8Array(4096), value: new Uint8Array(2 ** 20) },
      { type: 'delete', range: { from: new Uint8Array(4096), before: new Uint8Array(4097) } },
      transaction(Array.from({ length: 1024 }, () => put)),
      { type: 'grant', id: 0, ttl: 50, owner: 2 ** 52 },
    ] as const
    for (const request of largest)
      expect(await ask(command(encodeRequest(request)))).not.toMatchObject({
        error: { code: 'OARLOCK_INVALID_COMMAND' },
      })
    expect(submitted).toHaveLength(largest.length)
  })
})

describe('ranges that may find much', () => {
  it('are looked for one after the other, and gets are not held up by them', async () => {
    const clock = new FakeClock()
    const found: (() => void)[] = []
    const service = new ClientService({
      link: { clock, electionTimeout: 500, leader: 'a' } as unknown as StoreLink,
      backend: {
        range: () =>
          new Promise((resolve) =>
            found.push(() => resolve({ revision: 2, result: { type: 'range', count: 0, items: [] } })),
          ),
      } as unknown as StoreBackend,
      size: () => 60_000,
    })
    const answers: number[] = []
    const handler = service.serve({
      queuedBytes: 0,
      send: (message) => void answers.push(decodeClientAnswer(message).number),
      destroy: () => expect.unreachable(),
    })
    const ask = (number: number, more: Partial<RangeRequest> = {}): void =>
      handler.received(
        encodeClientRequest(number, { ...range, request: { type: 'range', range: everything, ...more } }),
      )
    const settle = () => new Promise(setImmediate)
    ask(1)
    ask(2)
    ask(3, { limit: 10 })
    await settle()
    expect(found).toHaveLength(1)
    ask(4, { range: only(key) })
    ask(5, { countOnly: true })
    await settle()
    expect(found).toHaveLength(3)
    for (const find of found.splice(0)) find()
    await settle()
    expect(answers).toEqual([1, 4, 5])
    expect(found).toHaveLength(2)
  })
})

describe('long answers', () => {
  const MiB = 2 ** 20
  const item = (length: number) => ({
    key,
    value: new Uint8Array(length),
    createRevision: 2,
    modRevision: 2,
    version: 1,
    lease: 0,
  })

  /** A client of a member of which the store answers each range with one value of this length. */
  function reading(length: number) {
    const clock = new FakeClock()
    const service = new ClientService({
      link: { clock, electionTimeout: 500, leader: 'a' } as unknown as StoreLink,
      backend: {
        range: async () => ({ revision: 2, result: { type: 'range', count: 1, items: [item(length)] } }),
        watch: async () => ({
          seen: 2,
          take: async () => [
            { revision: 2, events: [{ type: 'put', item: item(length), previous: item(length) }] },
          ],
          close() {},
        }),
      } as unknown as StoreBackend,
      size: () => 1,
    })
    const answers: ReturnType<typeof decodeClientAnswer>[] = []
    const connection = {
      queuedBytes: 0,
      send: (message: Uint8Array) => {
        connection.queuedBytes += message.length
        answers.push(decodeClientAnswer(message))
      },
      destroy: () => expect.unreachable(),
    }
    const handler = service.serve(connection)
    const ask = (number: number, request: ClientRequest): void =>
      handler.received(encodeClientRequest(number, request))
    const settle = () => new Promise(setImmediate)
    return { clock, connection, answers, ask, settle, handler }
  }

  it('wait until the client has read those before, in order, and cut nobody off', async () => {
    const { clock, connection, answers, ask, settle } = reading(5 * MiB)
    for (let number = 1; number <= 30; number++) ask(number, number % 2 === 0 ? take : range)
    await settle()
    const numbers = () => answers.map(({ number }) => number)
    for (let told = 0; told < 30; ) {
      expect(numbers().length).toBeGreaterThan(told)
      expect(connection.queuedBytes).toBeLessThan(19 * MiB)
      told = numbers().length
      connection.queuedBytes = 0
      await clock.pass(50)
      await settle()
    }
    expect(numbers().sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
    for (const { answer } of answers) expect(answer).toHaveProperty('result')
  })

  it('are not waited for by a client that has gone', async () => {
    const { clock, answers, ask, settle, handler } = reading(5 * MiB)
    for (let number = 1; number <= 5; number++) ask(number, range)
    await settle()
    handler.closed()
    const told = answers.length
    await clock.pass(50)
    await settle()
    expect([answers.length, clock.timers]).toEqual([told, 0])
  })

  it.each<[string, ClientRequest]>([
    ['a range', range],
    ['a watch', take],
  ])('of %s are refused when no message has room for them', async (_what, request) => {
    const { answers, ask, settle } = reading(33 * MiB)
    ask(1, request)
    await settle()
    expect(answers[0]!.answer).toMatchObject({
      error: { code: 'OARLOCK_ANSWER_TOO_LONG', outcome: 'not-a-write' },
    })
  })
})

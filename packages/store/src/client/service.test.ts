import { type ClientConnection, DecodeError, type StoreLink } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import type { StoreBackend } from '../api/backend.ts'
import { type ClientRequest, decodeClientAnswer, encodeClientRequest } from './messages.ts'
import { type ClientLimits, ClientService } from './service.ts'

const ofOne: ClientLimits = { requests: 2, watches: 3, queuedBytes: 1000 }
const ofAll: ClientLimits = { requests: 3, watches: 4, queuedBytes: 50_000 }
const range: ClientRequest = {
  type: 'range',
  request: { type: 'range', range: { from: new Uint8Array(0), before: null } },
  consistency: 'local',
}
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

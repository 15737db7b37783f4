import { RareLog } from 'oarlock/wire'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientListener, RedisClient } from './client.ts'
import { Link } from './reconnecting-client.ts'

/** A client that does what the test says. */
class FakeClient implements RedisClient {
  readonly database = 0
  readonly listener: ClientListener
  readonly answers: {
    readonly resolve: (reply: unknown) => void
    readonly reject: (error: Error) => void
  }[] = []
  opened: () => void = () => {}
  isDestroyed = false

  constructor(listener: ClientListener) {
    this.listener = listener
  }

  open(): Promise<void> {
    return new Promise((resolve) => {
      this.opened = resolve
    })
  }

  send(): Promise<unknown> {
    return new Promise((resolve, reject) => this.answers.push({ resolve, reject }))
  }

  async subscribe(): Promise<void> {}
  async unsubscribe(): Promise<void> {}

  isReply(error: Error): boolean {
    return error.name === 'ReplyError'
  }

  destroy(): void {
    this.isDestroyed = true
  }
}

describe('a link', () => {
  let clients: FakeClient[]
  let make: (listener: ClientListener) => RedisClient
  let link: Link
  beforeEach(() => {
    vi.useFakeTimers()
    clients = []
    make = (listener) => {
      const client = new FakeClient(listener)
      clients.push(client)
      return client
    }
    link = new Link({
      purpose: 'test',
      make: (listener) => make(listener),
      probe: null,
      log: new RareLog(undefined),
      commandTimeout: 2000,
      maxUnanswered: 10,
      prepare: async () => {},
      changed() {},
      message() {},
    })
  })
  afterEach(() => {
    link.close()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  const ready = async (): Promise<FakeClient> => {
    const client = clients.at(-1)!
    client.opened()
    await vi.advanceTimersByTimeAsync(0)
    expect(link.isReady).toBe(true)
    return client
  }
  const outcomeOf = (command: Promise<unknown>): Promise<unknown> =>
    command.then(
      (reply) => reply,
      (error: { outcome: string }) => error.outcome,
    )

  test('a Redis that is slow with one command and answers another keeps its connection', async () => {
    link.start()
    const client = await ready()
    const slow = outcomeOf(link.send(['EVAL']))
    await vi.advanceTimersByTimeAsync(1500)
    link.send(['PING']).catch(() => {})
    client.answers[1]!.resolve('PONG')
    await vi.advanceTimersByTimeAsync(600)
    expect(await slow).toBe('unknown')
    expect([link.isReady, clients.length]).toEqual([true, 1])
  })

  test('commands whose time is over count as unanswered until they are answered', async () => {
    link.start()
    const client = await ready()
    for (let n = 0; n < 10; n++) link.send(['EVAL']).catch(() => {})
    await vi.advanceTimersByTimeAsync(1500)
    client.listener.message('x', Buffer.from('it lives'))
    await vi.advanceTimersByTimeAsync(600)
    expect(link.isReady).toBe(true)
    expect(await outcomeOf(link.send(['PING']))).toBe('not-applied')
    client.answers[0]!.resolve('late')
    await vi.advanceTimersByTimeAsync(0)
    const next = outcomeOf(link.send(['PING']))
    client.answers.at(-1)!.resolve('PONG')
    expect(await next).toBe('PONG')
  })

  test('only so many bytes are under way', async () => {
    link.start()
    await ready()
    const large = new Uint8Array(40 * 1024 * 1024)
    link.send(['PUBLISH', 'x', large]).catch(() => {})
    expect(await outcomeOf(link.send(['PUBLISH', 'x', large]))).toBe('not-applied')
  })

  test('attempts are half a second apart at most, and close together again after a good connection', async () => {
    link.start()
    const pauses: number[] = []
    const fail = async (): Promise<void> => {
      const before = clients.length
      const failedAt = Date.now()
      clients.at(-1)!.listener.lost(new Error('refused'))
      while (clients.length === before) await vi.advanceTimersByTimeAsync(1)
      pauses.push(Date.now() - failedAt)
    }
    for (let n = 0; n < 10; n++) await fail()
    expect(Math.max(...pauses)).toBeLessThanOrEqual(501)
    expect(Math.min(...pauses.slice(-4))).toBeGreaterThanOrEqual(250)
    const client = await ready()
    const alive = setInterval(() => client.listener.message('x', Buffer.from('')), 500)
    await vi.advanceTimersByTimeAsync(1500)
    clearInterval(alive)
    await fail()
    expect(pauses.at(-1)).toBeLessThanOrEqual(26)
    expect(clients.slice(0, -1).every(({ isDestroyed }) => isDestroyed)).toBe(true)
  })

  test('goes on trying where the library throws when a client is made', async () => {
    link.start()
    const works = make
    make = () => {
      throw new Error('no memory')
    }
    clients[0]!.listener.lost(null)
    await vi.advanceTimersByTimeAsync(2000)
    make = works
    await vi.advanceTimersByTimeAsync(1000)
    await ready()
  })
})

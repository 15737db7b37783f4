import { RateLimitedLog } from 'oarlock/wire'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientListener, RedisClient } from './client.ts'
import { ReconnectingClient } from './reconnecting-client.ts'

/** A client that the test controls. */
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

describe('a reconnecting client', () => {
  let clients: FakeClient[]
  let make: (listener: ClientListener) => RedisClient
  let connection: ReconnectingClient
  beforeEach(() => {
    vi.useFakeTimers()
    clients = []
    make = (listener) => {
      const client = new FakeClient(listener)
      clients.push(client)
      return client
    }
    connection = new ReconnectingClient({
      purpose: 'test',
      make: (listener) => make(listener),
      probe: null,
      log: new RateLimitedLog(undefined),
      commandTimeout: 2000,
      maxPending: 10,
      prepare: async () => {},
      changed() {},
      lost() {},
      message() {},
    })
  })
  afterEach(() => {
    connection.close()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  const ready = async (): Promise<FakeClient> => {
    const client = clients.at(-1)!
    client.opened()
    await vi.advanceTimersByTimeAsync(0)
    expect(connection.isReady).toBe(true)
    return client
  }
  const outcomeOf = (command: Promise<unknown>): Promise<unknown> =>
    command.then(
      (reply) => reply,
      (error: { outcome: string }) => error.outcome,
    )

  test('keeps the connection when Redis is slow with one command and answers another', async () => {
    connection.start()
    const client = await ready()
    const slow = outcomeOf(connection.send(['EVAL']))
    await vi.advanceTimersByTimeAsync(1500)
    connection.send(['PING']).catch(() => {})
    client.answers[1]!.resolve('PONG')
    await vi.advanceTimersByTimeAsync(600)
    expect(await slow).toBe('unknown')
    expect([connection.isReady, clients.length]).toEqual([true, 1])
  })

  test('replaces a silent connection when a timeout runs a little early by the clock', async () => {
    connection.start()
    const client = await ready()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000)
    client.listener.message('x', Buffer.from('alive'))
    const asked = outcomeOf(connection.send(['PING']))
    clock.mockReturnValue(6999.5)
    await vi.advanceTimersByTimeAsync(2001)
    expect(await asked).toBe('unknown')
    expect([connection.isReady, client.isDestroyed]).toEqual([false, true])
    clock.mockRestore()
  })

  test('counts commands that timed out as pending until they are answered', async () => {
    connection.start()
    const client = await ready()
    for (let n = 0; n < 10; n++) connection.send(['EVAL']).catch(() => {})
    await vi.advanceTimersByTimeAsync(1500)
    client.listener.message('x', Buffer.from('alive'))
    await vi.advanceTimersByTimeAsync(600)
    expect(connection.isReady).toBe(true)
    expect(await outcomeOf(connection.send(['PING']))).toBe('not-applied')
    client.answers[0]!.resolve('late')
    await vi.advanceTimersByTimeAsync(0)
    const next = outcomeOf(connection.send(['PING']))
    client.answers.at(-1)!.resolve('PONG')
    expect(await next).toBe('PONG')
  })

  test('limits the size of the pending commands', async () => {
    connection.start()
    await ready()
    const large = new Uint8Array(40 * 1024 * 1024)
    connection.send(['PUBLISH', 'x', large]).catch(() => {})
    expect(await outcomeOf(connection.send(['PUBLISH', 'x', large]))).toBe('not-applied')
  })

  test('tries every half second at least, and soon again after a good connection', async () => {
    connection.start()
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

  test('goes on trying when the library throws from its constructor', async () => {
    connection.start()
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

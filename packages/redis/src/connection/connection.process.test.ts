import { setTimeout as sleep } from 'node:timers/promises'
import { describeWithRedis, RedisServer, type RedisServerOptions } from '@oarlock/test-support/redis-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import { type SourceOptions, sources } from '../../test/sources.ts'
import { type ConnectionOptions, connect, type RedisConnection } from './connection.ts'

describeWithRedis('a connection', () => {
  describe.each(Object.entries(sources))('over %s', (_, sourceOf) => {
    let server: RedisServer
    let log: RecordingLog
    const connections: RedisConnection[] = []
    beforeEach(() => {
      log = new RecordingLog()
    })
    afterEach(async () => {
      await Promise.all(connections.splice(0).map((connection) => connection.close()))
      await server[Symbol.asyncDispose]()
    })

    const prepareServer = async (options?: RedisServerOptions): Promise<void> => {
      server = await RedisServer.stopped(options)
    }
    const startServer = async (options?: RedisServerOptions): Promise<void> => {
      await prepareServer(options)
      await server.start()
    }
    const open = (options: Partial<ConnectionOptions & SourceOptions> = {}): RedisConnection => {
      const { db = 0, password, ...rest } = options
      const source = sourceOf({ port: server.port, db, ...(password === undefined ? {} : { password }) })
      const connection = connect(source, { prefix: 'test', logger: log, ...rest })
      connections.push(connection)
      return connection
    }
    const opened = async (options?: Partial<ConnectionOptions & SourceOptions>): Promise<RedisConnection> => {
      const connection = open(options)
      await up(connection)
      return connection
    }

    test('sends commands, with text and bytes, to the database that the options name', async () => {
      await startServer()
      const connection = await opened({ db: 3 })
      expect(connection.database).toBe(3)
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
      await connection.command(['SET', 'bytes', bytes])
      expect(await connection.command(['STRLEN', 'bytes'])).toBe(256)
      expect(await connection.command(['GETRANGE', 'bytes', '65', '67'])).toBe('ABC')
      await connection.command(['HSET', 'map', 'a', '1'])
      expect(await connection.command(['HGETALL', 'map'])).toEqual(['a', '1'])
      expect(await connection.command(['EVAL', "return {1, 'two', false}", '0'])).toEqual([1, 'two', null])
      const other = await opened({ db: 0 })
      expect(await other.command(['EXISTS', 'bytes'])).toBe(0)
    })

    test("rejects with Redis's error, and stays up", async () => {
      await startServer()
      const connection = await opened()
      await expect(connection.command(['NONSENSE'])).rejects.toMatchObject({
        code: 'OARLOCK_REDIS_REPLY',
        message: expect.stringContaining("unknown command 'NONSENSE'"),
      })
      expect(await connection.command(['PING'])).toBe('PONG')
      expect(connection.isUp).toBe(true)
    })

    test('delivers each published payload, byte for byte, to every listener of the channel', async () => {
      await startServer()
      const connection = await opened()
      const heard = inbox()
      const heardToo = inbox()
      await Promise.all([
        connection.subscribe('x', heard.listener),
        connection.subscribe('x', heardToo.listener),
        connection.subscribe('y', heard.listener),
      ])
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
      expect(await connection.command(['PUBLISH', 'x', bytes])).toBe(1)
      await heard.count(1)
      expect([...heard.payloads[0]!]).toEqual([...bytes])
      await connection.unsubscribe('x', heard.listener)
      await connection.command(['PUBLISH', 'x', 'second'])
      await heardToo.count(2)
      await connection.unsubscribe('x', heardToo.listener)
      expect(await connection.command(['PUBSUB', 'NUMSUB', 'x', 'y'])).toEqual(['x', 0, 'y', 1])
      expect(heard.payloads.length).toBe(1)
    })

    test('ends up subscribed after subscribing and unsubscribing many times at once', async () => {
      await startServer()
      const connection = await opened()
      const heard = inbox()
      for (let n = 0; n < 10; n++) {
        void connection.subscribe('x', heard.listener)
        void connection.unsubscribe('x', heard.listener)
      }
      await connection.subscribe('x', heard.listener)
      await connection.command(['PUBLISH', 'x', 'once'])
      await heard.count(1)
      expect(heard.payloads.map(String)).toEqual([String(Buffer.from('once'))])
    })

    test('without Redis, rejects commands and throws nothing, and comes up when Redis does', async () => {
      await prepareServer()
      const connection = open()
      const heard = inbox()
      const subscribed = connection.subscribe('x', heard.listener)
      await expect(connection.command(['SET', 'early', '1'])).rejects.toMatchObject({
        code: 'OARLOCK_REDIS_UNAVAILABLE',
        outcome: 'not-applied',
      })
      await log.warned(/ECONNREFUSED/)
      await server.start()
      await Promise.all([subscribed, up(connection)])
      await connection.command(['PUBLISH', 'x', 'hello'])
      await heard.count(1)
      expect(await connection.command(['EXISTS', 'early'])).toBe(0)
    })

    test('is up again within a second of a restart of Redis, and is subscribed before it reports that', async () => {
      await startServer()
      const connection = await opened()
      const heard = inbox()
      await connection.subscribe('x', heard.listener)
      for (let round = 1; round <= 2; round++) {
        const down = change(connection, false)
        await server.kill()
        await down
        const receivers = new Promise<unknown>((resolve) => {
          const cancel = connection.onChange((isUp) => {
            if (!isUp) return
            cancel()
            resolve(connection.command(['PUBLISH', 'x', 'back']))
          })
        })
        await server.start()
        const started = performance.now()
        expect(await receivers).toBe(1)
        expect(performance.now() - started).toBeLessThan(1000)
        await heard.count(round)
      }
    })

    test('rejects pending commands as unknown when the connection breaks, and does not send them again', async () => {
      await startServer()
      const connection = await opened()
      server.freeze()
      const under = connection.command(['APPEND', 'log', 'x'])
      const down = change(connection, false)
      const refused = expect(under).rejects.toMatchObject({
        code: 'OARLOCK_REDIS_UNAVAILABLE',
        outcome: 'unknown',
      })
      await server.kill()
      await Promise.all([refused, down])
      await server.start()
      await up(connection)
      expect(await connection.command(['EXISTS', 'log'])).toBe(0)
    })

    test('when Redis hangs, commands time out, their number is limited, and the connection recovers', async () => {
      await startServer()
      const connection = await opened({ commandTimeout: 300, maxPending: 5 })
      server.freeze()
      const started = performance.now()
      const asked = Array.from({ length: 5 }, () => connection.command(['PING']))
      const sixth = connection.command(['PING'])
      await expect(sixth).rejects.toMatchObject({ outcome: 'not-applied' })
      expect(performance.now() - started).toBeLessThan(250)
      const late = await Promise.allSettled(asked)
      expect(late.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
      expect(performance.now() - started).toBeGreaterThan(295)
      expect(connection.isUp).toBe(false)
      server.wake()
      await up(connection)
      expect(await connection.command(['PING'])).toBe('PONG')
    })

    test('notices that Redis hangs when no command is sent', async () => {
      await startServer()
      const connection = await opened({ commandTimeout: 300 })
      const down = change(connection, false)
      server.freeze()
      await down
      server.wake()
      await up(connection)
    })

    test('accepts an answer that arrived while the process was suspended', async () => {
      await startServer()
      const connection = await opened({ commandTimeout: 300 })
      const asked = connection.command(['EVAL', busyFor(100), '0'])
      await new Promise(setImmediate) // the command has been sent
      const asleepUntil = performance.now() + 500
      while (performance.now() < asleepUntil);
      expect(await asked).toBe('done')
      expect(connection.isUp).toBe(true)
    })

    test('retries a Redis that hangs from the start until it answers', async () => {
      await startServer()
      server.freeze()
      const connection = open()
      await log.warned(/did not answer within 2000 ms/)
      expect(connection.isUp).toBe(false)
      server.wake()
      await up(connection)
    })

    test('logs a wrong password once, without the password, and retries', async () => {
      await startServer({ args: ['--requirepass', 'right'] })
      const admin = await opened({ password: 'right' })
      const connection = open({ password: 'wrong-one' })
      await log.warned(/WRONGPASS/)
      const attempts = async () =>
        Number(/total_connections_received:(\d+)/.exec(String(await admin.command(['INFO', 'stats'])))?.[1])
      while ((await attempts()) < 10) await sleep(20)
      expect(log.warnings.length).toBe(1)
      expect(log.warnings.join()).not.toContain('wrong-one')
      await admin.command(['CONFIG', 'SET', 'requirepass', 'wrong-one'])
      await up(connection)
    })

    test('rejects pending calls when it is closed', async () => {
      await prepareServer()
      const connection = open()
      const subscribed = expect(connection.subscribe('x', () => {})).rejects.toMatchObject({
        code: 'OARLOCK_REDIS_UNAVAILABLE',
      })
      await Promise.all([connection.close(), connection.close()])
      await subscribed
      await expect(connection.command(['PING'])).rejects.toMatchObject({ outcome: 'not-applied' })
      await expect(connection.subscribe('x', () => {})).rejects.toMatchObject({ outcome: 'not-applied' })
    })
  })
})

/** A script that runs for `ms` milliseconds. */
const busyFor = (ms: number): string => `
  local from = redis.call('TIME')
  repeat
    local now = redis.call('TIME')
  until (now[1] - from[1]) * 1000000 + now[2] - from[2] > ${ms * 1000}
  return 'done'`

/** Resolves when it is up. */
const up = (connection: RedisConnection): Promise<void> =>
  connection.isUp ? Promise.resolve() : change(connection, true)

function change(connection: RedisConnection, to: boolean): Promise<void> {
  return new Promise((resolve) => {
    const cancel = connection.onChange((isUp) => {
      if (isUp !== to) return
      cancel()
      resolve()
    })
  })
}

interface Inbox {
  readonly payloads: Uint8Array[]
  readonly listener: (payload: Uint8Array) => void
  /** Resolves when `wanted` payloads have arrived. */
  count(wanted: number): Promise<void>
}

function inbox(): Inbox {
  const payloads: Uint8Array[] = []
  let changed = (): void => {}
  return {
    payloads,
    listener: (payload) => {
      payloads.push(payload)
      changed()
    },
    count: (wanted) =>
      new Promise((resolve) => {
        changed = () => {
          if (payloads.length >= wanted) resolve()
        }
        changed()
      }),
  }
}

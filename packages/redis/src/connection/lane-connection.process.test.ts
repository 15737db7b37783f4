import { until } from '@oarlock/test-support/event'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { ThrottledLinks } from '@oarlock/test-support/throttled-links'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import { type ConnectionOptions, connect, type RedisConnection } from './connection.ts'

describeWithRedis('a connection with two lanes', () => {
  let server: RedisServer
  const connections: RedisConnection[] = []
  beforeEach(async () => {
    server = await RedisServer.start()
  })
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close()
    await server[Symbol.asyncDispose]()
  })

  const open = (url = server.url, options: Partial<ConnectionOptions> = {}): RedisConnection => {
    const logger = new RecordingLog()
    const connection = connect(url, { prefix: 'test', bulk: true, commandTimeout: 300, logger, ...options })
    connections.push(connection)
    return connection
  }

  test('gives a long message on a slow link more time than a command of control may take', async () => {
    await using links = await ThrottledLinks.open({
      ports: { redis: server.port, own: server.port },
      rate: 1e6,
      queue: 50,
    })
    const connection = open(`redis://${links.peers.own!.redis}`)
    await until(() => connection.isUp)
    const changes: boolean[] = []
    connection.onChange((isUp) => changes.push(isUp))
    const received = new Promise((resolve) => connection.subscribe('x', resolve, 'bulk'))
    await until(() => connection.isUp)
    changes.length = 0
    // It takes a second to Redis, and a second back.
    const message = new Uint8Array(1024 * 1024)
    expect(await connection.command(['PUBLISH', 'x', message], 'bulk')).toBe(1)
    await received
    expect(changes).toEqual([])
  })

  test('gives up both lanes when Redis does not answer in one of them', async () => {
    const connection = open()
    await until(() => connection.isUp)
    server.freeze()
    const [began, waiting] = [performance.now(), connection.command(['PING'], 'bulk')]
    await expect(waiting).rejects.toMatchObject({ code: 'OARLOCK_REDIS_UNAVAILABLE', outcome: 'unknown' })
    expect(performance.now() - began).toBeLessThan(5000)
    server.wake()
    await until(() => connection.isUp)
  })

  test('is up with both lanes only, and says which one is not', async () => {
    const admin = open(server.url, { bulk: false })
    await until(() => admin.isUp)
    await admin.command(['CONFIG', 'SET', 'maxclients', '4'])
    const connection = open()
    await until(() => connection.problems.some(({ text }) => /the connection for entries/.test(text)))
    expect(connection.isUp).toBe(false)
    expect(connection.problems).toHaveLength(1)
    expect(await connection.command(['PING'])).toBe('PONG')
    await admin.command(['CONFIG', 'SET', 'maxclients', '10'])
    await until(() => connection.isUp)
    expect(connection.problems).toEqual([])
  })
})

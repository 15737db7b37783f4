// The rights that the README names are sufficient.
import { readFileSync } from 'node:fs'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { type RedisSource, redisElection } from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const paragraph = /With an ACL a user needs.*?\n\n/s.exec(readme)![0]
const rights = [...paragraph.matchAll(/`([+~&][^`]*)`/g)].flatMap(([, code]) => code!.split(' '))

describeWithRedis('a user with the rights that the README names', () => {
  const setUp = async (): Promise<RedisServer> => {
    const server = await RedisServer.start()
    const admin = new Redis(server.options)
    await admin.call('ACL', 'SETUSER', 'elector', 'reset', 'on', '>open-sesame', ...rights)
    admin.disconnect()
    return server
  }
  const credentials = { username: 'elector', password: 'open-sesame' }

  test.each<[string, (port: number) => RedisSource]>([
    ['ioredis', (port) => ({ host: '127.0.0.1', port, db: 1, ...credentials })],
    [
      'node-redis',
      (port) => createClient({ socket: { host: '127.0.0.1', port }, database: 1, ...credentials }),
    ],
  ])('can take part in an election, with %s', async (_, sourceOf) => {
    await using server = await setUp()
    const options = { redis: sourceOf(server.port), prefix: 'billing', shutdownSignals: [] }
    await using first = redisElection(options)
    await first.lead(async () => {})
    await using second = redisElection(options)
    let seen: string | undefined
    for await (const info of second.observe()) {
      seen = info?.id
      if (seen !== undefined) break
    }
    expect(seen).toBe(first.id)
    await second.close()
    await first.close()
  })
})

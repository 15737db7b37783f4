import { Disposables } from '@oarlock/test-support/disposables'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { expect, test } from 'vitest'
import { connect, type RedisConnection } from './connection.ts'
import type { RedisSource } from './source.ts'

const up = (connection: RedisConnection): Promise<void> =>
  new Promise((resolve) => {
    connection.onChange((isUp) => isUp && resolve())
    if (connection.isUp) resolve()
  })

describeWithRedis('a Redis source', () => {
  test('uses the configuration of a client of ioredis, and neither changes nor closes the client', async () => {
    await using server = await RedisServer.start()
    const client = new Redis({ ...server.options, keyPrefix: 'mine:', db: 2, connectionName: 'theirs' })
    await client.set('key', 'value')
    const events = client.eventNames().map((event) => [event, client.listenerCount(event)])
    const connection = connect(client, { prefix: 'test' })
    await up(connection)
    expect(connection.database).toBe(2)
    expect(await connection.command(['GET', 'mine:key'])).toBe('value')
    expect(await connection.command(['SET', 'ours', '1'])).toBe('OK') // without the client's prefix
    expect(await client.exists('ours')).toBe(0)
    await connection.close()
    expect(await client.get('key')).toBe('value')
    expect(client.options.enableOfflineQueue).toBe(true)
    expect(client.eventNames().map((event) => [event, client.listenerCount(event)])).toEqual(events)
    client.disconnect()
  })

  test('uses the configuration of a client of node-redis, and neither changes nor closes the client', async () => {
    await using server = await RedisServer.start({ args: ['--requirepass', 'open sesame'] })
    const client = createClient({
      url: `redis://:${encodeURIComponent('open sesame')}@127.0.0.1:${server.port}/2`,
    })
    client.on('error', () => {})
    await client.connect()
    await client.set('key', 'value')
    const events = client.eventNames().map((event) => [event, client.listenerCount(event)])
    const connection = connect(client, { prefix: 'test' })
    await up(connection)
    expect(connection.database).toBe(2)
    expect(await connection.command(['GET', 'key'])).toBe('value')
    await connection.close()
    expect(await client.get('key')).toBe('value')
    expect(client.eventNames().map((event) => [event, client.listenerCount(event)])).toEqual(events)
    client.destroy()
  })

  test("accepts ioredis's own options type, and a URL with a password and a database", async () => {
    await using server = await RedisServer.start({ args: ['--requirepass', 'open sesame'] })
    const options: RedisOptions = { ...server.options, password: 'open sesame', db: 5, lazyConnect: false }
    const url = `redis://:${encodeURIComponent('open sesame')}@127.0.0.1:${server.port}/5`
    for (const source of [options, url]) {
      const connection = connect(source, { prefix: 'test' })
      await up(connection)
      expect(connection.database).toBe(5)
      await connection.close()
    }
  })

  test('refuses an unsupported client at once, and the message names the supported ones', () => {
    const cluster = createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })
    expect(() => connect(cluster as unknown as RedisSource, { prefix: 'test' })).toThrow(
      'redis: this client is not supported. Pass a Redis or Cluster of ioredis, a client of node-redis',
    )
  })
})

test('a URL needs ioredis, and the error says what to install; a client of node-redis does not need ioredis', async () => {
  const connection = JSON.stringify(new URL('./connection.ts', import.meta.url))
  await using process = NodeProcess.of(`
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(name, context, next) {
        if (name !== 'ioredis') return next(name, context)
        throw Object.assign(new Error('Cannot find it'), { code: 'MODULE_NOT_FOUND' })
      },
    })
    const { connect } = await import(${connection})
    const { createClient } = await import('redis')
    await connect(createClient({ url: 'redis://127.0.0.1:1' }), { prefix: 'test' }).close()
    try {
      connect('redis://127.0.0.1:1', { prefix: 'test' })
    } catch (error) {
      console.log(error.code, error.message)
    }
  `)
  expect(await process.ended).toEqual([0, null])
  expect(process.lines).toEqual([
    'OARLOCK_INVALID_OPTIONS redis: a URL or options need ioredis, which is not installed. Run npm install ioredis, or pass a client of node-redis',
  ])
})

describeWithRedis('a Redis with a replica', () => {
  test('both connections go to the new master after a failover by Sentinel', async () => {
    await using first = await RedisServer.start()
    await using second = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', String(first.port)] })
    const replica = new Redis(second.options)
    replica.on('error', () => {}) // Sentinel closes all connections of a server whose role changes
    while (!String(await replica.info('replication')).includes('master_link_status:up'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    // Sentinel asks a master for its replicas when it first connects, and then only every ten seconds.
    await using sentinel = await RedisServer.startSentinel(first)
    const connection = connect({ sentinels: [sentinel.options], name: 'mine' }, { prefix: 'test' })
    await up(connection)
    await connection.subscribe('x', () => {})
    await connection.command(['SET', 'who', 'first'])
    await first.kill()
    const subscribers = (): Promise<unknown[]> => replica.call('PUBSUB', 'NUMSUB', 'x') as Promise<unknown[]>
    while ((await subscribers())[1] !== 1) await new Promise((resolve) => setTimeout(resolve, 20))
    await up(connection)
    expect(await connection.command(['SET', 'who', 'second'])).toBe('OK')
    expect(await replica.get('who')).toBe('second')
    await connection.close()
    replica.disconnect()
  })

  test('leaves a master that became a replica when it refuses a write', async () => {
    await using first = await RedisServer.start()
    await using second = await RedisServer.start()
    const admin = new Redis(first.options)
    const connection = connect(first.options, { prefix: 'test' })
    await up(connection)
    await admin.call('REPLICAOF', '127.0.0.1', second.port)
    const down = new Promise<void>((resolve) => {
      connection.onChange((isUp) => !isUp && resolve())
    })
    await expect(connection.command(['SET', 'x', '1'])).rejects.toThrow('READONLY')
    await down
    await admin.call('REPLICAOF', 'NO', 'ONE')
    await up(connection)
    expect(await connection.command(['SET', 'x', '1'])).toBe('OK')
    await connection.close()
    admin.disconnect()
  })
})

describeWithRedis('a Redis Cluster', () => {
  /** Three masters that hold a third of the slots each. */
  async function startCluster(): Promise<RedisServer[]> {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000']
    const servers = await Promise.all([0, 1, 2].map(() => RedisServer.start({ args })))
    const clients = servers.map((server) => new Redis(server.options))
    const [first] = servers
    for (const [n, client] of clients.entries()) {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', [0, 5462, 10923][n]!, [5461, 10922, 16383][n]!)
      if (n > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', first!.port)
    }
    for (const client of clients) {
      while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))
        await new Promise((resolve) => setTimeout(resolve, 20))
      client.disconnect()
    }
    return servers
  }

  test('connects all instances to the node that holds the keys', async () => {
    await using stack = new Disposables()
    const servers = await startCluster()
    for (const server of servers) stack.use(server)
    const clusters = servers.map((server) => new Cluster([server.options]))
    for (const cluster of clusters) stack.defer(() => cluster.disconnect())
    for (const prefix of ['one', 'two', 'three', 'four', 'five']) {
      const connections = clusters.map((cluster) => connect(cluster, { prefix }))
      for (const connection of connections) {
        await up(connection)
        await connection.subscribe(`{${prefix}}:x`, () => {})
        await connection.command(['SET', `{${prefix}}:cluster`, 'here'])
      }
      // Every instance reaches all others: a node counts only the subscribers connected to itself.
      for (const connection of connections)
        expect(await connection.command(['PUBLISH', `{${prefix}}:x`, 'hello'])).toBe(3)
      await Promise.all(connections.map((connection) => connection.close()))
    }
  })

  test('follows the keys to another node', async () => {
    await using stack = new Disposables()
    const servers = await startCluster()
    for (const server of servers) stack.use(server)
    const clients = servers.map((server) => new Redis(server.options))
    for (const client of clients) stack.defer(() => client.disconnect())
    const cluster = new Cluster([servers[0]!.options])
    stack.defer(() => cluster.disconnect())
    const connections = [1, 2, 3].map(() => connect(cluster, { prefix: 'moving' }))
    for (const connection of connections) stack.defer(() => connection.close())
    for (const connection of connections) {
      await up(connection)
      await connection.subscribe('{moving}:x', () => {})
    }
    const slot = Number(await clients[0]!.call('CLUSTER', 'KEYSLOT', '{moving}:x'))
    const subscribers = (client: Redis): Promise<unknown[]> =>
      client.call('PUBSUB', 'NUMSUB', '{moving}:x') as Promise<unknown[]>
    const from = Math.floor(slot / 5462)
    expect(await subscribers(clients[from]!)).toEqual(['{moving}:x', 3])
    const to = (from + 1) % 3
    const id = String(await clients[to]!.call('CLUSTER', 'MYID'))
    for (const n of [to, from, (to + 1) % 3]) await clients[n]!.call('CLUSTER', 'SETSLOT', slot, 'NODE', id)
    while ((await subscribers(clients[to]!))[1] !== 3) await new Promise((resolve) => setTimeout(resolve, 20))
    for (const connection of connections) {
      if (!connection.isUp) await up(connection)
      expect(await connection.command(['PUBLISH', '{moving}:x', 'hello'])).toBe(3)
      expect(await connection.command(['SET', '{moving}:cluster', 'here'])).toBe('OK')
    }
  })
})

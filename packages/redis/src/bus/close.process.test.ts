// After close a process ends by itself: no timer, socket or listener is left. While Redis is away there is no
// unhandled rejection, which would end the process early.
import { NodeProcess } from '@oarlock/test-support/node-process'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { describe, expect, test } from 'vitest'

const transportModule = JSON.stringify(new URL('./redis-transport.ts', import.meta.url))
const sourcesModule = JSON.stringify(new URL('../../test/sources.ts', import.meta.url))

/** Opens a transport and prints 'open'. On SIGUSR2, closes it and prints how long that took. */
const program = (source: string, port: number): string => `
  import { redisTransport } from ${transportModule}
  import { sources } from ${sourcesModule}
  const redis = sources[${JSON.stringify(source)}]({ port: ${port} })
  const transport = redisTransport({ redis, id: 'a', cluster: 'c', prefix: 'close' })
  const heartbeat = { type: 'heartbeat', term: 1, commit: 1, sentAt: 0, round: 0, successorPriority: 1, heldByAll: 0 }
  const identity = {
    id: 'a', cluster: 'c', incarnation: '00', starts: { count: 1, recent: ['00'] }, founders: ['a', 'b'],
    purpose: 'replication', kind: 'full', electionTimeout: 500,
  }
  const receiver = { identity, meet() {}, accepted() {}, refused() {}, receive() {}, unreachable() {} }
  await transport.open(receiver)
  const sending = setInterval(() => transport.send([{ from: 'a', to: 'b', message: heartbeat }]), 5)
  process.once('SIGUSR2', async () => {
    clearInterval(sending)
    const started = performance.now()
    await transport.close()
    console.log('closed in', performance.now() - started)
  })
  console.log('open')
`

describeWithRedis('after close', () => {
  describe.each(['options of ioredis', 'a client of ioredis', 'a client of node-redis'])(
    'over %s',
    (source) => {
      const endsItself = async (process: NodeProcess): Promise<void> => {
        process.child.kill('SIGUSR2')
        const closed = await process.line((line) => line.startsWith('closed in'))
        const since = performance.now()
        expect(Number(closed.slice('closed in'.length))).toBeLessThan(500)
        expect(await process.ended).toEqual([0, null])
        expect(performance.now() - since).toBeLessThan(2000)
      }
      const opened = async (server: RedisServer): Promise<NodeProcess> => {
        const process = NodeProcess.of(program(source, server.port))
        await process.line((line) => line === 'open')
        return process
      }

      test('the process ends', async () => {
        await using server = await RedisServer.start()
        await using process = await opened(server)
        await endsItself(process)
      })

      test('the process ends when Redis was never there', async () => {
        await using server = await RedisServer.stopped()
        await using process = await opened(server)
        await endsItself(process)
      })

      test('the process ends when Redis was killed', async () => {
        await using server = await RedisServer.start()
        await using process = await opened(server)
        await server.kill()
        await endsItself(process)
      })

      test('the process ends when Redis hangs', async () => {
        await using server = await RedisServer.start()
        await using process = await opened(server)
        server.freeze()
        await endsItself(process)
      })
    },
  )
})

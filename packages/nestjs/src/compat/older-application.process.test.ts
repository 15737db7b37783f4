// The application that was written for the older module: three processes, on Nest 10, 11 and 12, over a real
// Redis.

import { Disposables } from '@oarlock/test-support/disposables'
import type { NodeProcess } from '@oarlock/test-support/node-process'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { expect, it } from 'vitest'
import { nestProcess, nestVersions } from '../../test/nest-process.ts'

/** Resolves when the process next changes to one of these states. */
async function becomes(process: NodeProcess, ...states: readonly string[]): Promise<string> {
  const from = process.lines.length
  return process.line((line) => process.lines.indexOf(line, from) >= from && states.includes(line))
}

const state = (process: NodeProcess) => process.lines.at(-1)

/** Resolves with the leader when there is one, and the others follow. */
async function settled(all: readonly NodeProcess[]): Promise<NodeProcess> {
  for (;;) {
    const [leader, ...others] = all.filter((process) => state(process) !== 'follower')
    if (leader !== undefined && others.length === 0 && state(leader) === 'leader') return leader
    await Promise.any(all.map((process) => becomes(process, 'leader', 'follower', 'election')))
  }
}

describeWithRedis('three instances of an application written for the older module', () => {
  it('have one leader, a new one when it is killed, none without Redis, and one again with Redis', async () => {
    await using redis = await RedisServer.start()
    await using stack = new Disposables()
    const all = nestVersions.map((version) =>
      stack.use(nestProcess(version, 'older-service.ts', String(redis.port))),
    )
    const first = await settled(all)
    const rest = all.filter((process) => process !== first)

    const second = Promise.any(rest.map((process) => becomes(process, 'leader')))
    first.child.kill('SIGKILL')
    await second
    const leader = rest.find((process) => state(process) === 'leader')!
    const other = rest.find((process) => process !== leader)!

    const revoked = becomes(leader, 'election', 'follower')
    await redis.kill()
    await revoked
    const start = performance.now()
    const third = Promise.any(rest.map((process) => becomes(process, 'leader')))
    await redis.start()
    await third
    expect(performance.now() - start).toBeLessThan(5000)

    for (const process of [leader, other]) {
      process.child.kill('SIGTERM')
      expect(await process.ended).toEqual([null, 'SIGTERM'])
    }
  })
})

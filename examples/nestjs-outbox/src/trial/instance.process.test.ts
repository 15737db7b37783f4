import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { expect, it, onTestFinished } from 'vitest'
import { Instance } from './instance.ts'
import { RedisProxy } from './redis-proxy.ts'

describeWithRedis('an instance of a trial', () => {
  it('that dies by itself is reported, and closing it does not wait', async () => {
    await using redis = await RedisServer.start()
    const directory = mkdtempSync(join(tmpdir(), 'oarlock-outbox-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const proxy = await RedisProxy.to(redis.port)
    onTestFinished(() => proxy.close())
    let lead!: () => void
    let die!: (what: string) => void
    const leads = new Promise<void>((resolve) => (lead = resolve))
    const died = new Promise<string>((resolve) => (die = resolve))
    const instance = new Instance({
      name: 'orders-1',
      proxy,
      log: openSync(join(directory, 'log'), 'a'),
      env: { EVENTS: join(directory, 'none'), WORKED: join(directory, 'worked') },
      onLeads: lead,
      onDeath: die,
    })
    onTestFinished(async () => void (await instance.kill()))
    instance.start()
    await leads
    process.kill(instance.pid!, 'SIGKILL')
    expect(await died).toBe('orders-1 ended with SIGKILL')
    expect(await instance.close()).toBe('not running')
  })
})

// The whole trial, as a user starts it: three instances, whose leaders are killed, frozen and cut off.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describeWithRedis } from '@oarlock/test-support/redis-server'
import { expect, it, onTestFinished } from 'vitest'

const cluster = fileURLToPath(new URL('cluster.ts', import.meta.url))

describeWithRedis('the outbox of three instances', () => {
  it('enqueues every event once, whatever happens to the leaders', async () => {
    const child = spawn(process.execPath, ['--conditions=@oarlock/source', cluster, '--rounds', '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    // The processes that it has started are in its process group.
    const killAll = () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    }
    process.once('exit', killAll)
    onTestFinished(() => {
      killAll()
      process.off('exit', killAll)
    })
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect(said).toContain('✔ Every event was enqueued once, and in order.')
    expect(code).toBe(0)
    for (const what of ['is killed', 'is frozen', 'is cut off', 'is refused']) expect(said).toContain(what)
    expect(said).toContain('processed by 3 instances')
    const [, written, enqueued] = /(\d+) written, (\d+) enqueued/.exec(said) ?? []
    expect(Number(written)).toBeGreaterThan(300)
    expect(enqueued).toBe(written)
  })
})

import { Injectable } from '@nestjs/common'
import { nextTurn } from '@oarlock/test-support/event'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { LeaderOnly, OarlockModule } from '../index.ts'
import { OarlockMetricsModule } from './index.ts'

@Injectable()
class Job {
  @LeaderOnly()
  run(): void {}

  @LeaderOnly({ otherwise: 'throw' })
  must(): void {}
}

const redis = 'redis://127.0.0.1:1'

async function setUp() {
  const registry = new Registry()
  const app = await start({
    imports: [
      OarlockModule.forRoot({ redis, isGlobal: true }),
      OarlockModule.forFeature('billing'),
      OarlockMetricsModule.forRoot({ registry }),
    ],
    providers: [Job],
  })
  /** The value of a metric, by the beginning of its line. */
  const value = async (line: string) => {
    const lines = (await registry.metrics()).split('\n')
    const found = lines.find((text) => text.startsWith(`oarlock_${line} `))
    return found === undefined ? null : Number(found.split(' ').at(-1)?.replace('Inf', 'Infinity'))
  }
  return { app, registry, value }
}

describe('OarlockMetricsModule', () => {
  it('shows the state of every election', async () => {
    const { app, value } = await setUp()
    await using _ = app
    app.election.win()
    app.elections.get('billing').lose('another')
    await nextTurn()
    expect(await value('leader{election="default"}')).toBe(1)
    expect(await value('leader{election="billing"}')).toBe(0)
    expect(await value('leader_known{election="billing"}')).toBe(1)
    expect(await value('fence{election="default"}')).toBe(1)
    expect(await value('lease_seconds{election="billing"}')).toBe(0)
    expect(await value('lease_seconds{election="default"}')).toBeGreaterThan(0)
    expect(await value('problems{election="default"}')).toBe(0)
    app.election.problems = [{ kind: 'unreachable', node: 'b', text: 'b has been unreachable for 1 s.' }]
    expect(await value('problems{election="default"}')).toBe(1)
    app.election.expire()
    expect(await value('leader{election="default"}')).toBe(0)
    app.elections.get('billing').lose()
    await nextTurn()
    expect(await value('leader_known{election="billing"}')).toBe(0)
    expect(await value('leaderless_seconds{election="billing"}')).toBeGreaterThan(0)
    expect(await value('leaderless_seconds{election="default"}')).toBe(0)
  })

  it('counts events', async () => {
    const { app, value } = await setUp()
    await using _ = app
    const job = app.get(Job)
    job.run()
    expect(() => job.must()).toThrow()
    app.election.win()
    await nextTurn()
    job.run()
    job.run()
    app.election.lose('another')
    await nextTurn()
    expect(await value('elected_total{election="default"}')).toBe(1)
    expect(await value('revoked_total{election="default",reason="lost"}')).toBe(1)
    expect(await value('leader_changes_total{election="default"}')).toBe(3)
    expect(await value('calls_total{election="default",outcome="ran"}')).toBe(2)
    expect(await value('calls_total{election="default",outcome="skipped"}')).toBe(1)
    expect(await value('calls_total{election="default",outcome="refused"}')).toBe(1)
  })

  it('does not count the elections of another application', async () => {
    const { app, value } = await setUp()
    await using _ = app
    await using other = await start({ imports: [OarlockModule.forRoot({ redis })] })
    other.election.win()
    await nextTurn()
    expect(await value('elected_total{election="default"}')).toBeNull()
  })

  it('removes its metrics from the registry at shutdown', async () => {
    const { app, registry } = await setUp()
    expect(registry.getMetricsAsArray()).not.toEqual([])
    await app.close()
    expect(registry.getMetricsAsArray()).toEqual([])
  })
})

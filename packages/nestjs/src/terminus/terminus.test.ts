import { Controller, Get, type INestApplication, Inject } from '@nestjs/common'
import * as terminus from '@nestjs/terminus'
import { Test } from '@nestjs/testing'
import { nextTurn } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { OarlockModule } from '../index.ts'
import { overrideElections } from '../testing/index.ts'
import { ElectionHealthIndicator, type ElectionHealthOptions } from './index.ts'

const { HealthCheckService, TerminusModule } = terminus
/** Terminus 10 and 11 have no status `degraded`. */
const isOld = 'HealthCheckError' in terminus

async function setUp(options?: ElectionHealthOptions) {
  @Controller()
  class Health {
    readonly checks: terminus.HealthCheckService
    readonly indicator: ElectionHealthIndicator
    constructor(
      @Inject(HealthCheckService) checks: terminus.HealthCheckService,
      @Inject(ElectionHealthIndicator) indicator: ElectionHealthIndicator,
    ) {
      this.checks = checks
      this.indicator = indicator
    }

    @Get('health')
    check(): Promise<terminus.HealthCheckResult> {
      return this.checks.check([() => this.indicator.check('election', options)])
    }
  }
  const builder = Test.createTestingModule({
    imports: [
      OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', isGlobal: true }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [Health],
    providers: [ElectionHealthIndicator],
  })
  const election = overrideElections(builder).get()
  const app: INestApplication = (await builder.compile()).createNestApplication()
  await app.listen(0, '127.0.0.1')
  const ask = async () => {
    const response = await fetch(`${await app.getUrl()}/health`, { headers: { connection: 'close' } })
    const { status, details } = (await response.json()) as { status: string; details: object }
    return { code: response.status, status, details }
  }
  return { election, ask, [Symbol.asyncDispose]: () => app.close() }
}

describe('ElectionHealthIndicator', () => {
  it('reports an instance as healthy, whether it leads or not', async () => {
    await using health = await setUp()
    health.election.win()
    await nextTurn()
    expect(await health.ask()).toEqual({
      code: 200,
      status: 'ok',
      details: { election: { status: 'up', leads: true, leader: health.election.id } },
    })
    health.election.lose('another')
    await nextTurn()
    expect(await health.ask()).toMatchObject({
      code: 200,
      status: 'ok',
      details: { election: { status: 'up', leads: false, leader: 'another' } },
    })
  })

  it('reports an instance that has long known no leader as degraded, which is no failure', async () => {
    await using health = await setUp({ leaderlessLimit: 0 })
    await nextTurn()
    expect(await health.ask()).toMatchObject({
      code: 200,
      status: isOld ? 'ok' : 'degraded',
      details: {
        election: {
          ...(isOld ? { status: 'up', degraded: true } : { status: 'degraded' }),
          leads: false,
          leader: null,
          leaderlessFor: expect.any(Number),
          message: 'No leader: the test has not called win().',
        },
      },
    })
  })

  it('says what else is wrong, which is no failure either', async () => {
    await using health = await setUp()
    health.election.win()
    const text = 'b has been unreachable for 12.3 s: connection refused.'
    health.election.problems = [{ kind: 'unreachable', node: 'b', text }]
    await nextTurn()
    expect(await health.ask()).toEqual({
      code: 200,
      status: 'ok',
      details: { election: { status: 'up', leads: true, leader: health.election.id, message: text } },
    })
  })

  it('reports it as healthy until then', async () => {
    await using health = await setUp()
    await nextTurn()
    expect(await health.ask()).toMatchObject({ code: 200, status: 'ok' })
  })

  it("reports it as down with leaderless: 'down'", async () => {
    await using health = await setUp({ leaderlessLimit: 0, leaderless: 'down' })
    await nextTurn()
    expect(await health.ask()).toMatchObject({
      code: 503,
      status: 'error',
      details: { election: { status: 'down', leader: null } },
    })
  })

  it('reports a member that a restart would help as down', async () => {
    await using health = await setUp()
    health.election.win()
    await nextTurn()
    const text = 'A write of a to its disk has been pending for 31.0 s.'
    const live = () => ({ ok: false, reasons: [{ kind: 'write-pending', text }] })
    Object.assign(health.election, { live })
    expect(await health.ask()).toMatchObject({
      code: 503,
      details: { election: { status: 'down', leads: true, message: expect.stringContaining(text) } },
    })
  })

  it('reports an instance that had to stop as down', async () => {
    await using health = await setUp()
    health.election.win()
    await nextTurn()
    health.election.stop(new Error('the disk failed'))
    await nextTurn()
    expect(await health.ask()).toMatchObject({
      code: 503,
      details: {
        election: { status: 'down', leads: false, message: expect.stringMatching(/the disk failed/) },
      },
    })
  })
})

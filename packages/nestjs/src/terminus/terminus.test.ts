import { Controller, Get, type INestApplication, Inject } from '@nestjs/common'
import * as terminus from '@nestjs/terminus'
import { Test } from '@nestjs/testing'
import { settled } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { OarlockModule } from '../index.ts'
import { overrideElections } from '../testing/index.ts'
import { ElectionHealthIndicator, type ElectionHealthOptions } from './index.ts'

const { HealthCheckService, TerminusModule } = terminus
/** What terminus 10 and 11 know no word for. */
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
      return this.checks.check([async () => (await this.indicator.check('election', options)) as never])
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
  it('takes an instance that leads, and one that does not, for healthy', async () => {
    await using health = await setUp()
    health.election.win()
    await settled()
    expect(await health.ask()).toEqual({
      code: 200,
      status: 'ok',
      details: { election: { status: 'up', leads: true, leader: health.election.id } },
    })
    health.election.lose('another')
    await settled()
    expect(await health.ask()).toMatchObject({
      code: 200,
      status: 'ok',
      details: { election: { status: 'up', leads: false, leader: 'another' } },
    })
  })

  it('takes an instance that has known no leader for long for degraded, which is no failure', async () => {
    await using health = await setUp({ leaderlessLimit: 0 })
    await settled()
    expect(await health.ask()).toMatchObject({
      code: 200,
      status: isOld ? 'ok' : 'degraded',
      details: {
        election: {
          ...(isOld ? { status: 'up', degraded: true } : { status: 'degraded' }),
          leads: false,
          leader: null,
          leaderlessFor: expect.any(Number),
        },
      },
    })
  })

  it('has patience before that', async () => {
    await using health = await setUp()
    await settled()
    expect(await health.ask()).toMatchObject({ code: 200, status: 'ok' })
  })

  it('takes it for down if that is wanted', async () => {
    await using health = await setUp({ leaderlessLimit: 0, leaderless: 'down' })
    await settled()
    expect(await health.ask()).toMatchObject({
      code: 503,
      status: 'error',
      details: { election: { status: 'down', leader: null } },
    })
  })

  it('takes an instance that had to stop for down', async () => {
    await using health = await setUp()
    health.election.win()
    await settled()
    health.election.stop(new Error('the disk failed'))
    await settled()
    expect(await health.ask()).toMatchObject({
      code: 503,
      details: {
        election: { status: 'down', leads: false, message: expect.stringMatching(/the disk failed/) },
      },
    })
  })
})

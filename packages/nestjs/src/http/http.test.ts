import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Post,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'
import { Test } from '@nestjs/testing'
import { aborted, type Event, event, nextTurn } from '@oarlock/test-support/event'
import { Observable, type Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { currentLeadership, LeaderGuard, LeaderInterceptor, NotLeaderError, OarlockModule } from '../index.ts'
import { overrideElections, type TestElection } from '../testing/index.ts'

class Service implements AsyncDisposable {
  readonly nest: INestApplication<Server>
  readonly election: TestElection

  constructor(nest: INestApplication<Server>, election: TestElection) {
    this.nest = nest
    this.election = election
  }

  static async of(controller: new (...args: never[]) => object): Promise<Service> {
    @Module({
      imports: [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', isGlobal: true })],
      controllers: [controller],
    })
    class AppModule {}
    const builder = Test.createTestingModule({ imports: [AppModule] })
    const elections = overrideElections(builder)
    const nest = (await builder.compile()).createNestApplication<INestApplication<Server>>()
    await nest.listen(0, '127.0.0.1')
    return new Service(nest, elections.get())
  }

  async request(method: string, path: string) {
    const { port } = this.nest.getHttpServer().address() as AddressInfo
    const headers = { connection: 'close' }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })
    const text = await response.text()
    return {
      status: response.status,
      leader: response.headers.get('x-oarlock-leader'),
      retryAfter: response.headers.get('retry-after'),
      body: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nest.close()
  }
}

@Controller()
class Guarded {
  @UseGuards(LeaderGuard())
  @Get('leader')
  leader(): string {
    return 'from the leader'
  }

  @Get('anybody')
  anybody(): string {
    return 'from anybody'
  }
}

describe('LeaderGuard', () => {
  it('lets requests through on the leader', async () => {
    await using service = await Service.of(Guarded)
    service.election.win()
    expect(await service.request('GET', '/leader')).toMatchObject({ status: 200, body: 'from the leader' })
  })

  it("answers 421 with the leader's name on another instance", async () => {
    await using service = await Service.of(Guarded)
    service.election.lose('api-2')
    expect(await service.request('GET', '/leader')).toEqual({
      status: 421,
      leader: 'api-2',
      retryAfter: null,
      body: {
        statusCode: 421,
        error: 'Misdirected Request',
        message: "election 'default': Guarded.leader is for the leader only; 'api-2' leads",
        leader: 'api-2',
      },
    })
    expect(await service.request('GET', '/anybody')).toMatchObject({ status: 200 })
  })

  it('answers 503 while no leader is known, and on a leader whose lease has ended', async () => {
    await using service = await Service.of(Guarded)
    const refusal = { status: 503, leader: null, retryAfter: '1', body: { statusCode: 503, leader: null } }
    expect(await service.request('GET', '/leader')).toMatchObject(refusal)
    service.election.win()
    service.election.expire()
    expect(await service.request('GET', '/leader')).toMatchObject(refusal)
  })

  it('is one class for each election', () => {
    expect(LeaderGuard()).toBe(LeaderGuard('default'))
    expect(LeaderGuard('billing')).not.toBe(LeaderGuard())
  })

  it('throws NotLeaderError itself for requests that are not HTTP', async () => {
    await using service = await Service.of(Guarded)
    const Guard = LeaderGuard()
    const guard = await service.nest.get(ModuleRef, { strict: false }).create<CanActivate>(Guard)
    const context = {
      getType: () => 'rpc',
      getClass: () => Guarded,
      getHandler: () => Guarded.prototype.leader,
    } as unknown as ExecutionContext
    expect(() => guard.canActivate(context)).toThrow(NotLeaderError)
  })
})

describe('LeaderInterceptor', () => {
  const setUp = async () => {
    const requests: { begun: Event<AbortSignal | undefined>; release: Event<string> } = {
      begun: event(),
      release: event(),
    }
    @Injectable()
    @Controller()
    class Orders {
      @UseInterceptors(LeaderInterceptor())
      @Post('orders')
      async order(): Promise<{ fence: number | undefined; said: string }> {
        await null
        requests.begun.happen(currentLeadership()?.signal)
        return { said: await requests.release.happened, fence: currentLeadership()?.fence }
      }

      @UseInterceptors(LeaderInterceptor())
      @Get('stream')
      stream(): Observable<string> {
        return new Observable((subscriber: Subscriber<string>) => {
          subscriber.next(String(currentLeadership()?.fence))
          subscriber.complete()
        })
      }
    }
    return { service: await Service.of(Orders), ...requests }
  }

  it('runs the handler under the leadership', async () => {
    const { service, release } = await setUp()
    await using _ = service
    const { fence } = service.election.win()
    release.happen('done')
    expect(await service.request('POST', '/orders')).toMatchObject({
      status: 201,
      body: { fence, said: 'done' },
    })
    expect(await service.request('GET', '/stream')).toMatchObject({ body: String(fence) })
  })

  it('answers like LeaderGuard on another instance, and does not run the handler', async () => {
    const { service } = await setUp()
    await using _ = service
    service.election.lose('api-2')
    expect(await service.request('POST', '/orders')).toMatchObject({ status: 421, leader: 'api-2' })
    service.election.lose()
    expect(await service.request('POST', '/orders')).toMatchObject({ status: 503 })
  })

  it('answers 503 if the leadership was lost meanwhile', async () => {
    const { service, begun, release } = await setUp()
    await using _ = service
    service.election.win()
    const answer = service.request('POST', '/orders')
    expect((await begun.happened)?.aborted).toBe(false)
    service.election.win()
    release.happen('done')
    expect(await answer).toMatchObject({
      status: 503,
      body: { message: expect.stringMatching(/may have taken effect/) },
    })
  })

  it('makes shutdown wait for the answer', async () => {
    const { service, begun, release } = await setUp()
    const leadership = service.election.win()
    const answer = service.request('POST', '/orders')
    await begun.happened
    const closing = service.nest.close()
    await aborted(leadership.signal)
    await nextTurn()
    expect(leadership.held).toBe(true)
    release.happen('done')
    expect(await answer).toMatchObject({ status: 201, body: { said: 'done' } })
    await closing
    expect(leadership.held).toBe(false)
  })
})

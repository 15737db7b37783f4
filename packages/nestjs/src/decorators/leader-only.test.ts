import { Injectable, Scope } from '@nestjs/common'
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule'
import { event } from '@oarlock/test-support/event'
import type { Leadership } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { currentLeadership, InjectLeadership, LeaderOnly, NotLeaderError, OarlockModule } from '../index.ts'

const redis = 'redis://127.0.0.1:1'
const root = OarlockModule.forRoot({ redis, isGlobal: true })

@Injectable()
class Invoices {
  sent: number[] = []
  readonly leadership: Leadership

  constructor(@InjectLeadership() leadership: Leadership) {
    this.leadership = leadership
  }

  @LeaderOnly()
  send(count: number): string {
    this.sent.push(count)
    return `sent ${count}`
  }

  @LeaderOnly()
  async fence(): Promise<readonly [number, number | undefined]> {
    await null
    return [this.leadership.fence, currentLeadership()?.fence]
  }

  @LeaderOnly({ otherwise: 'throw' })
  mustSend(): string {
    return 'sent'
  }
}

describe('a method with @LeaderOnly', () => {
  const setUp = () => start({ imports: [root], providers: [Invoices] })

  it('runs while the instance leads, and returns undefined otherwise', async () => {
    await using app = await setUp()
    const invoices = app.get(Invoices)
    expect(invoices.send(1)).toBeUndefined()
    app.election.win()
    expect(invoices.send(2)).toBe('sent 2')
    app.election.lose('another')
    expect(invoices.send(3)).toBeUndefined()
    expect(invoices.sent).toEqual([2])
  })

  it('does not run when the lease has ended, though no timer has fired yet', async () => {
    await using app = await setUp()
    app.election.win()
    app.election.expire()
    expect(app.get(Invoices).send(1)).toBeUndefined()
  })

  it('does not start while the leadership is about to be handed over', async () => {
    await using app = await setUp()
    const leadership = app.election.win()
    const closing = app.election.close()
    expect(leadership.held).toBe(true)
    expect(app.get(Invoices).send(1)).toBeUndefined()
    await closing
  })

  it('sees the leadership that it was called under, even after it was lost', async () => {
    await using app = await setUp()
    const { fence } = app.election.win()
    const fences = app.get(Invoices).fence()
    app.election.win()
    expect(await fences).toEqual([fence, fence])
  })

  it("throws an error with the leader's id, with otherwise: 'throw'", async () => {
    await using app = await setUp()
    const { mustSend } = Invoices.prototype
    const invoices = app.get(Invoices)
    app.election.lose('another')
    expect(() => mustSend.call(invoices)).toThrow(NotLeaderError)
    expect(() => invoices.mustSend()).toThrow(
      expect.objectContaining({ code: 'OARLOCK_NOT_LEADER', leader: 'another' }),
    )
    app.election.lose()
    expect(() => invoices.mustSend()).toThrow(expect.objectContaining({ leader: null }))
    app.election.win()
    expect(invoices.mustSend()).toBe('sent')
  })

  it('keeps its name and length', () => {
    const { name, length } = Invoices.prototype.send
    expect({ name, length }).toEqual({ name: 'send', length: 1 })
  })

  it('adds no property to its instances', async () => {
    await using app = await setUp()
    expect(Reflect.ownKeys(app.get(Invoices))).toEqual(['sent', 'leadership'])
  })

  it('runs in instances made by a factory, and in transient ones', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Short {
      @LeaderOnly()
      work(): string {
        return 'done'
      }
    }
    class Made extends Short {}
    await using app = await start({
      imports: [root],
      providers: [Short, { provide: Made, useFactory: () => new Made() }],
    })
    app.election.win()
    expect(app.get(Made).work()).toBe('done')
    expect((await app.nest.resolve(Short)).work()).toBe('done')
  })

  it('throws a clear error if Nest has not made the instance', () => {
    expect(() => new Invoices({} as Leadership).send(1)).toThrow(
      /^Invoices\.send is for the leader only.*Nest/,
    )
  })

  it('throws a clear error if the module is not imported', async () => {
    @Injectable()
    class Lost {
      @LeaderOnly()
      work(): void {}
    }
    await using app = await start({ providers: [Lost] })
    expect(() => app.get(Lost).work()).toThrow(/^Lost\.work.*OarlockModule\.forRoot/)
  })

  it('makes the start fail if its election does not exist', async () => {
    @Injectable()
    class Bills {
      @LeaderOnly('billing')
      work(): void {}
    }
    await expect(start({ imports: [root], providers: [Bills] })).rejects.toThrow(
      /^Bills\.work: @LeaderOnly: there is no election 'billing'.*forFeature\('billing'\)/,
    )
  })
})

describe("@LeaderOnly({ otherwise: 'forward' })", () => {
  @Injectable()
  class Stock {
    @LeaderOnly({ otherwise: 'forward' })
    async add(sku: string, count: number): Promise<string> {
      return `${count} ${sku}`
    }
  }

  it('forwards the call to the leader, with its arguments, and returns the result', async () => {
    const calls: unknown[] = []
    const forward = async (leader: unknown, call: unknown) => calls.push(leader, call)
    await using app = await start({
      imports: [OarlockModule.forRoot({ redis, forward })],
      providers: [Stock],
    })
    app.election.lose('another')
    expect(await app.get(Stock).add('oar', 2)).toBe(2)
    expect(calls).toEqual([
      { id: 'another', fence: 1 },
      { election: 'default', target: 'Stock', method: 'add', args: ['oar', 2] },
    ])
    app.election.lose()
    await expect(app.get(Stock).add('oar', 2)).rejects.toThrow(NotLeaderError)
    app.election.win()
    expect(await app.get(Stock).add('oar', 3)).toBe('3 oar')
    expect(calls).toHaveLength(2)
  })

  it('rejects with the error of a function that throws, and never throws it', async () => {
    const forward = () => {
      throw new Error('no connection')
    }
    await using app = await start({
      imports: [OarlockModule.forRoot({ redis, forward })],
      providers: [Stock],
    })
    app.election.lose('another')
    await expect(app.get(Stock).add('oar', 2)).rejects.toThrow('no connection')
  })

  it('makes the start fail if the module has no option forward', async () => {
    await expect(start({ imports: [root], providers: [Stock] })).rejects.toThrow(
      /^Stock\.add: @LeaderOnly cannot forward.*option forward/,
    )
  })
})

describe('@LeaderOnly and the scheduler', () => {
  const ran = { above: event(), below: event(), interval: event() }

  @Injectable()
  class Jobs {
    calls: string[] = []

    @LeaderOnly()
    @Cron('0 0 1 1 *', { name: 'above' })
    above(): void {
      this.calls.push('above')
      ran.above.happen()
    }

    @Cron('0 0 1 1 *', { name: 'below' })
    @LeaderOnly()
    below(): void {
      this.calls.push('below')
      ran.below.happen()
    }

    @LeaderOnly()
    @Interval(1)
    interval(): void {
      ran.interval.happen()
    }
  }

  it('work together in either order: a job fires on every instance and runs on the leader', async () => {
    await using app = await start({ imports: [root, ScheduleModule.forRoot()], providers: [Jobs] })
    const jobs = app.get(SchedulerRegistry).getCronJobs()
    expect([...jobs.keys()].sort()).toEqual(['above', 'below'])
    for (const job of jobs.values()) job.fireOnTick()
    expect(app.get(Jobs).calls).toEqual([])
    app.election.win()
    for (const job of jobs.values()) job.fireOnTick()
    await Promise.all([ran.above.happened, ran.below.happened, ran.interval.happened])
    expect(app.get(Jobs).calls.sort()).toEqual(['above', 'below'])
  })
})

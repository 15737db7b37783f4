// The application written for the older module, with an election that goes as the test says.
import { Injectable } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule'
import { Test } from '@nestjs/testing'
import { event } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { appModule, EventSubscription, Health } from '../../test/older-application.ts'
import { electionOpener, type OpenRequest } from '../module/open-election.ts'
import { TestElection } from '../testing/index.ts'
import { LeaderElectionHelper, LeaderElectionModule } from './index.ts'

const imports = [appModule(1)]

describe('an application written for the older module', () => {
  it('works with its import changed: the leader alone puts events on the queue', async () => {
    await using app = await start({ imports })
    const subscription = app.get(EventSubscription)
    await subscription.onEvent('1')
    app.election.win()
    await subscription.onEvent('2')
    app.election.lose('another')
    await subscription.onEvent('3')
    expect(subscription.enqueued.filter((name) => name !== 'polled')).toEqual(['2'])
  })

  it('knows a follower from an instance without a leader', async () => {
    await using app = await start({ imports })
    const health = app.get(Health)
    expect(await health.state()).toBe('election')
    app.election.lose('another')
    expect(await health.state()).toBe('follower')
    app.election.win()
    expect(await health.state()).toBe('leader')
  })

  it('does not lead when it has lost its lease, nor after it was closed', async () => {
    const app = await start({ imports })
    const helper = app.get(LeaderElectionHelper)
    app.election.win()
    expect(await helper.isLeader()).toBe(true)
    app.election.expire()
    expect(await helper.isLeader()).toBe(false)
    app.election.win()
    await app.close()
    expect(await helper.isLeader()).toBe(false)
  })

  it('has its scheduled methods called, though it does not import ScheduleModule, until it closes', async () => {
    const called = event()
    @Injectable()
    class Job {
      @Interval(1)
      run(): void {
        called.happen()
      }
    }
    const app = await start({ imports, providers: [Job] })
    await called.happened
    const registry = app.get(SchedulerRegistry)
    expect(registry.getIntervals()).not.toEqual([])
    expect([...registry.getCronJobs().keys()]).toEqual(['yearly'])
    await app.close()
    expect(registry.getIntervals()).toEqual([])
  })

  it('has them called once if it imports ScheduleModule', async () => {
    await using app = await start({ imports: [...imports, ScheduleModule.forRoot()] })
    const modules = [...app.get(ModulesContainer).values()]
    expect(modules.filter(({ metatype }) => metatype === ScheduleModule)).toHaveLength(1)
    expect(app.get(SchedulerRegistry).getIntervals()).toHaveLength(1)
  })
})

it('the options of ioredis go to Redis, and the prefix says who elects one leader', async () => {
  const requests: OpenRequest[] = []
  const open = (request: OpenRequest) => {
    requests.push(request)
    return new TestElection()
  }
  const builder = Test.createTestingModule({ imports }).overrideProvider(electionOpener).useValue(open)
  const nest = await builder.compile()
  await nest.init()
  await nest.close()
  const redis = { host: '127.0.0.1', port: 1, db: 0, maxRetriesPerRequest: null }
  expect(requests).toMatchObject([{ name: 'default', options: { redis, prefix: 'events' } }])
})

it('a prefix has to be there, as it had', () => {
  expect(() => LeaderElectionModule.forRoot({ prefix: '' })).toThrow(/prefix must be a string/)
})

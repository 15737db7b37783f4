// The application that was written for the older module, with an election that the test controls.

import { Injectable } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule'
import { Test } from '@nestjs/testing'
import { event } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { appModule, EventSubscription, Health } from '../../test/older-application.ts'
import { electionOpener, type OpenRequest } from '../application/index.ts'
import { TestElection } from '../testing/index.ts'
import { LeaderElectionHelper, LeaderElectionModule } from './index.ts'

const imports = [appModule(1)]

describe('an application written for the older module', () => {
  it('works with only its import changed: just the leader puts events on the queue', async () => {
    await using app = await start({ imports })
    const subscription = app.get(EventSubscription)
    await subscription.onEvent('1')
    app.election.win()
    await subscription.onEvent('2')
    app.election.lose('another')
    await subscription.onEvent('3')
    expect(subscription.enqueued.filter((name) => name !== 'polled')).toEqual(['2'])
  })

  it('tells a follower from an instance that knows no leader', async () => {
    await using app = await start({ imports })
    const health = app.get(Health)
    expect(await health.state()).toBe('election')
    app.election.lose('another')
    expect(await health.state()).toBe('follower')
    app.election.win()
    expect(await health.state()).toBe('leader')
  })

  it('does not lead when its lease has ended, nor after it was closed', async () => {
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

  it('has its scheduled methods called until it closes, though it does not import ScheduleModule', async () => {
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

  it('has only one scheduler if it imports ScheduleModule', async () => {
    await using app = await start({ imports: [...imports, ScheduleModule.forRoot()] })
    const modules = [...app.get(ModulesContainer).values()]
    expect(modules.filter(({ metatype }) => metatype === ScheduleModule)).toHaveLength(1)
    expect(app.get(SchedulerRegistry).getIntervals()).toHaveLength(1)
  })
})

it('the ioredis options and the prefix are passed to the election', async () => {
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

it('a prefix is required, as in the older module', () => {
  expect(() => LeaderElectionModule.forRoot(undefined as never)).toThrow(/the options must be an object/)
  expect(() => LeaderElectionModule.forRoot({ prefix: '' })).toThrow(
    /prefix must be a string without braces that is not empty/,
  )
})

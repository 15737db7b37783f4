import { Injectable } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { nextTurn } from '@oarlock/test-support/event'
import type { LeaderInfo } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { LeaderElectionService, LeaderOnly, OarlockModule } from '../index.ts'
import { OarlockTestingModule, overrideElections, TestElection } from './index.ts'

describe('OarlockTestingModule', () => {
  @Injectable()
  class Job {
    @LeaderOnly()
    run(): string {
      return 'ran'
    }
  }

  it('provides an election that the test wins and loses', async () => {
    const imports = [OarlockTestingModule.forRoot()]
    const nest = await Test.createTestingModule({ imports, providers: [Job] }).compile()
    await nest.init()
    const election = nest.get(TestElection)
    expect(nest.get(Job).run()).toBeUndefined()
    election.win()
    expect(nest.get(Job).run()).toBe('ran')
    election.lose()
    expect(nest.get(Job).run()).toBeUndefined()
    await nest.close()
    await election.closed
  })

  it('accepts an election that the test has made, under another name', async () => {
    const mine = new TestElection('mine')
    const imports = [OarlockTestingModule.forRoot(mine, 'billing')]
    const nest = await Test.createTestingModule({ imports }).compile()
    expect(nest.get(TestElection)).toBe(mine)
    await nest.close()
  })
})

it('overrideElections replaces every election of an application', async () => {
  const redis = 'redis://127.0.0.1:1'
  const imports = [OarlockModule.forRoot({ redis }), OarlockModule.forFeature('billing')]
  const builder = Test.createTestingModule({ imports })
  const elections = overrideElections(builder)
  const nest = await builder.compile()
  await nest.init()
  elections.get().win()
  expect(nest.get(LeaderElectionService).held).toBe(true)
  elections.get('billing').lose('another')
  await nest.close()
  await elections.get('billing').closed
})

describe('TestElection', () => {
  it('has one leadership after another, with growing fences', () => {
    const election = new TestElection()
    const first = election.win()
    expect(first).toMatchObject({ fence: 1, held: true })
    const second = election.win()
    expect(first.held).toBe(false)
    expect(first.signal.reason).toMatchObject({ code: 'OARLOCK_LEADERSHIP_LOST' })
    expect(() => first.assertHeld()).toThrow()
    expect(second).toMatchObject({ fence: 2, held: true })
    election.lose('another')
    expect(election.leader).toEqual({ id: 'another', fence: 3 })
    expect(election.win().fence).toBe(4)
  })

  it('runs a task under each leadership until it returns under one that is held', async () => {
    const election = new TestElection()
    const runs: number[] = []
    const led = election.lead(async ({ fence }) => {
      runs.push(fence)
      if (fence === 1) election.lose()
      else return 'done'
      throw new Error('a consequence')
    })
    election.win()
    await nextTurn()
    election.win()
    expect(await led).toBe('done')
    expect(runs).toEqual([1, 2])
  })

  it("throws the error of a task that fails while it leads, and the caller's abort reason", async () => {
    const election = new TestElection()
    election.win()
    await expect(election.lead(() => Promise.reject(new Error('of the task')))).rejects.toThrow('of the task')
    const caller = new AbortController()
    const led = election.lead(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { signal: caller.signal },
    )
    caller.abort(new Error('enough'))
    await expect(led).rejects.toThrow('enough')
  })

  it('observe gives the latest leader at once, then each change, until it closes', async () => {
    const election = new TestElection('me')
    const seen: (LeaderInfo | null)[] = []
    const observing = (async () => {
      for await (const leader of election.observe()) seen.push(leader)
    })()
    await nextTurn()
    election.win()
    await nextTurn()
    await election.close()
    await observing
    expect(seen).toEqual([null, { id: 'me', fence: 1 }])
    expect(await election.lead(async () => 1)).toBeUndefined()
    expect(() => election.win()).toThrow(expect.objectContaining({ code: 'OARLOCK_MEMBER_CLOSED' }))
  })

  it('hands over to the instance that is named', async () => {
    const election = new TestElection()
    await expect(election.transferLeadership()).rejects.toMatchObject({ code: 'OARLOCK_TRANSFER_FAILED' })
    election.win()
    expect(await election.transferLeadership({ to: 'b' })).toBe('b')
    expect(String(election.why())).toBe('b leads.')
  })

  it('is closed by its own task', async () => {
    const election = new TestElection()
    election.win()
    expect(await election.lead(() => election.close().then(() => 'closed'))).toBe('closed')
  })
})

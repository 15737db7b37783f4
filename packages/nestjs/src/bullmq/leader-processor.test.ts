// The decorator with a fake worker that records its calls. leader-processor.process.test.ts has BullMQ and a
// real Redis.
import { Injectable } from '@nestjs/common'
import { aborted, event, nextTurn } from '@oarlock/test-support/event'
import type { Job } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { currentLeadership, OarlockModule } from '../index.ts'
import { LeaderProcessor } from './index.ts'

const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1' })]

async function setUp() {
  const release = event()
  @LeaderProcessor()
  @Injectable()
  class Mails {
    readonly calls: string[] = []
    readonly worker = {
      pause: async (doNotWait: boolean) => this.calls.push(`pause ${doNotWait}`),
      resume: async () => this.calls.push('resume'),
    }

    async process(job: Job, token: string): Promise<unknown> {
      await release.happened
      return { job: job.id, token, fence: currentLeadership()?.fence }
    }
  }
  const app = await start({ imports, providers: [Mails] })
  const moved: (string | undefined)[] = []
  const job = { id: '7', moveToWait: async (token?: string) => moved.push(token) } as unknown as Job
  return { app, mails: app.get(Mails), job, moved, release }
}

describe('@LeaderProcessor()', () => {
  it('lets its worker take jobs while the instance leads', async () => {
    const { app, mails } = await setUp()
    expect(mails.calls).toEqual(['pause true'])
    app.election.win()
    await nextTurn()
    app.election.lose()
    await nextTurn()
    expect(mails.calls).toEqual(['pause true', 'resume', 'pause true'])
    app.election.win()
    await nextTurn()
    await app.close()
    expect(mails.calls.slice(3)).toEqual(['resume', 'pause true'])
  })

  it('processes a job under the leadership', async () => {
    const { app, mails, job, release } = await setUp()
    await using _ = app
    const { fence } = app.election.win()
    const done = mails.process(job, 'token')
    release.happen()
    expect(await done).toEqual({ job: '7', token: 'token', fence })
  })

  it('puts a job back that it took too late, without counting an attempt', async () => {
    const { app, mails, job, moved } = await setUp()
    await using _ = app
    await expect(mails.process(job, 'token')).rejects.toMatchObject({ name: 'WaitingError' })
    expect(moved).toEqual(['token'])
  })

  it('makes shutdown wait for the jobs that are running', async () => {
    const { app, mails, job, release } = await setUp()
    const leadership = app.election.win()
    await nextTurn()
    const done = mails.process(job, 'token')
    const closing = app.close()
    await aborted(leadership.signal)
    await nextTurn()
    expect(leadership.held).toBe(true)
    release.happen()
    await done
    await closing
  })

  it('makes the start fail if its election does not exist', async () => {
    @LeaderProcessor('billing')
    @Injectable()
    class Bills {
      async process(): Promise<void> {}
    }
    await expect(start({ imports, providers: [Bills] })).rejects.toThrow(
      /^Bills: there is no election 'billing'/,
    )
  })
})

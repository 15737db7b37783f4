// The decorator, with a worker that only notes what it is told. (With BullMQ and a Redis: leader-processor.process.test.ts.)
import { Injectable } from '@nestjs/common'
import { aborted, event, settled } from '@oarlock/test-support/event'
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
    readonly told: string[] = []
    readonly worker = {
      pause: async (doNotWait: boolean) => this.told.push(`pause ${doNotWait}`),
      resume: async () => this.told.push('resume'),
    }

    async process(job: Job, token: string): Promise<unknown> {
      await release.happened
      return { job: job.id, token, fence: currentLeadership()?.fence }
    }
  }
  const app = await start({ imports, providers: [Mails] })
  const back: (string | undefined)[] = []
  const job = { id: '7', moveToWait: async (token?: string) => back.push(token) } as unknown as Job
  return { app, mails: app.get(Mails), job, back, release }
}

describe('@LeaderProcessor()', () => {
  it('has its worker take jobs while the instance leads', async () => {
    const { app, mails } = await setUp()
    expect(mails.told).toEqual(['pause true'])
    app.election.win()
    await settled()
    app.election.lose()
    await settled()
    expect(mails.told).toEqual(['pause true', 'resume', 'pause true'])
    app.election.win()
    await settled()
    await app.close()
    expect(mails.told.slice(3)).toEqual(['resume', 'pause true'])
  })

  it('works a job under the leadership', async () => {
    const { app, mails, job, release } = await setUp()
    await using _ = app
    const { fence } = app.election.win()
    const done = mails.process(job, 'token')
    release.happen()
    expect(await done).toEqual({ job: '7', token: 'token', fence })
  })

  it('gives a job back that came too late, and counts no attempt', async () => {
    const { app, mails, job, back } = await setUp()
    await using _ = app
    await expect(mails.process(job, 'token')).rejects.toMatchObject({ name: 'WaitingError' })
    expect(back).toEqual(['token'])
  })

  it('keeps the shutdown waiting for the jobs under way', async () => {
    const { app, mails, job, release } = await setUp()
    const leadership = app.election.win()
    await settled()
    const done = mails.process(job, 'token')
    const closing = app.close()
    await aborted(leadership.signal)
    await settled()
    expect(leadership.held).toBe(true)
    release.happen()
    await done
    await closing
  })

  it('of an election that is not there keeps the application from starting', async () => {
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

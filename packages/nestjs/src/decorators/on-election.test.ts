import { Injectable, Logger } from '@nestjs/common'
import { aborted, event, nextTurn } from '@oarlock/test-support/event'
import { type LeaderInfo, type Leadership, MemberClosedError } from 'oarlock'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { make, start } from '../../test/app.ts'
import { currentLeadership, OarlockModule, OnElected, OnLeaderChange, OnRevoked } from '../index.ts'

const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', isGlobal: true })]

afterEach(() => {
  vi.restoreAllMocks()
})

describe('@OnElected and @OnRevoked', () => {
  @Injectable()
  class Subscription {
    readonly events: string[] = []
    readonly reasons: Error[] = []
    readonly under: (Leadership | null)[] = []

    @OnElected()
    begin(leadership: Leadership): void {
      this.events.push(`begin ${leadership.fence}`)
      this.under.push(currentLeadership())
    }

    @OnRevoked()
    end(reason: Error): void {
      this.events.push('end')
      this.reasons.push(reason)
    }
  }

  it('are called in turn, with the leadership and the reason', async () => {
    await using app = await start({ imports, providers: [Subscription] })
    const { events, reasons, under } = app.get(Subscription)
    app.election.win()
    await nextTurn()
    app.election.lose('another')
    await nextTurn()
    app.election.win()
    await nextTurn()
    expect(events).toEqual(['begin 1', 'end', 'begin 3'])
    expect(reasons).toMatchObject([{ code: 'OARLOCK_LEADERSHIP_LOST' }])
    expect(under).toMatchObject([{ fence: 1 }, { fence: 3 }])
  })

  it('are not called before the application has started, even if the election is won', async () => {
    const app = await make({ imports, providers: [Subscription] })
    app.election.win()
    await nextTurn()
    const { events } = app.get(Subscription)
    expect(events).toEqual([])
    await app.nest.init()
    await nextTurn()
    expect(events).toEqual(['begin 1'])
    await app.close()
    expect(events).toEqual(['begin 1', 'end'])
  })

  it('are called at shutdown with a MemberClosedError', async () => {
    const app = await start({ imports, providers: [Subscription] })
    const { reasons } = app.get(Subscription)
    const leadership = app.election.win()
    await nextTurn()
    await app.close()
    expect(reasons[0]).toBeInstanceOf(MemberClosedError)
    expect(leadership.held).toBe(false)
  })

  it('are called once on an instance that is provided twice', async () => {
    await using app = await start({
      imports,
      providers: [Subscription, { provide: 'again', useExisting: Subscription }],
    })
    app.election.win()
    await nextTurn()
    expect(app.get(Subscription).events).toEqual(['begin 1'])
  })
})

it('one method may handle several changes', async () => {
  @Injectable()
  class Both {
    readonly calls: unknown[] = []
    @OnElected()
    @OnRevoked()
    changed(news: Leadership | Error): void {
      this.calls.push(news instanceof Error ? 'revoked' : 'elected')
    }
  }
  await using app = await start({ imports, providers: [Both] })
  app.election.win()
  await nextTurn()
  app.election.lose()
  await nextTurn()
  expect(app.get(Both).calls).toEqual(['elected', 'revoked'])
})

it('@OnLeaderChange is called at the start, and with each new leader', async () => {
  @Injectable()
  class Board {
    readonly names: (string | undefined)[] = []
    @OnLeaderChange()
    show(leader: LeaderInfo | null): void {
      this.names.push(leader?.id)
    }
  }
  await using app = await start({ imports, providers: [Board] })
  for (const id of ['one', 'other', undefined]) {
    await nextTurn()
    app.election.lose(id)
  }
  await nextTurn()
  expect(app.get(Board).names).toEqual([undefined, 'one', 'other', undefined])
})

describe('an error in a handler', () => {
  @Injectable()
  class Clumsy {
    readonly elected: number[] = []
    @OnElected()
    async fail(): Promise<void> {
      throw new Error('of @OnElected')
    }
    @OnElected()
    failAtOnce(): void {
      throw new Error('at once')
    }
    @OnElected()
    well({ fence }: Leadership): void {
      this.elected.push(fence)
    }
    @OnRevoked()
    failToo(): void {
      throw new Error('of @OnRevoked')
    }
    @OnLeaderChange()
    failAgain(): void {
      throw new Error('of @OnLeaderChange')
    }
  }

  it('is logged, and does not stop the other handlers', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {})
    await using app = await start({ imports, providers: [Clumsy] })
    app.election.win()
    await nextTurn()
    app.election.win()
    await nextTurn()
    expect(app.get(Clumsy).elected).toEqual([1, 2])
    const messages = logged.mock.calls.map(([message]) => message)
    expect(messages).toEqual(
      expect.arrayContaining([
        'Clumsy.fail failed: Error: of @OnElected',
        'Clumsy.failAtOnce failed: Error: at once',
        'Clumsy.failToo failed: Error: of @OnRevoked',
        'Clumsy.failAgain failed: Error: of @OnLeaderChange',
      ]),
    )
  })
})

describe('a long-running @OnElected', () => {
  const setUp = async () => {
    const release = event()
    @Injectable()
    class Long {
      runs = 0
      most = 0
      readonly begun: number[] = []
      @OnElected()
      async follow({ fence, signal }: Leadership): Promise<void> {
        this.begun.push(fence)
        this.most = Math.max(this.most, ++this.runs)
        await aborted(signal)
        await release.happened
        this.runs--
      }
    }
    const app = await start({ imports, providers: [Long] })
    return { app, long: app.get(Long), release }
  }

  it('is not called again before it has ended', async () => {
    const { app, long, release } = await setUp()
    await using _ = app
    app.election.win()
    await nextTurn()
    app.election.win()
    await nextTurn()
    expect(long.begun).toEqual([1])
    release.happen()
    await nextTurn()
    expect(long.begun).toEqual([1, 2])
    expect(long.most).toBe(1)
  })

  it('makes shutdown wait, and the leadership is held until it ends', async () => {
    const { app, long, release } = await setUp()
    const leadership = app.election.win()
    await nextTurn()
    const closing = app.close()
    await aborted(leadership.signal)
    await nextTurn()
    expect(leadership.held).toBe(true)
    release.happen()
    await closing
    expect({ held: leadership.held, runs: long.runs }).toEqual({ held: false, runs: 0 })
  })
})

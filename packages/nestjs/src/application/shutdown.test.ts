import { Injectable, Logger } from '@nestjs/common'
import { aborted, event, nextTurn } from '@oarlock/test-support/event'
import type { Leadership } from 'oarlock'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { start } from '../../test/app.ts'
import { LeaderElectionService, LeaderOnly, OarlockModule, OnElected } from '../index.ts'
import { warnWithoutShutdownHooks } from './shutdown-warning.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const imports = (drainTimeout: number) => [
  OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', drainTimeout }),
]

describe('shutdown', () => {
  const release = event()
  @Injectable()
  class Jobs {
    @LeaderOnly()
    async work(): Promise<string> {
      await release.happened
      return 'done'
    }
  }

  it('waits for leader work before it hands leadership over', async () => {
    const app = await start({ imports: imports(60_000), providers: [Jobs] })
    const leadership = app.election.win()
    await nextTurn()
    const own = event()
    const work = app.get(Jobs).work()
    const run = app.get(LeaderElectionService).runIfLeader(() => own.happened)
    const closing = app.close()
    await aborted(leadership.signal)
    release.happen()
    await work
    await nextTurn()
    expect(leadership.held).toBe(true)
    own.happen()
    await run
    await closing
    expect(leadership.held).toBe(false)
  })

  it('waits no longer than the drain timeout, and names the work that still runs', async () => {
    @Injectable()
    class Deaf {
      @OnElected()
      follow(_leadership: Leadership): Promise<never> {
        return new Promise(() => {})
      }
    }
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {})
    const app = await start({ imports: imports(20), providers: [Deaf] })
    app.election.win()
    await nextTurn()
    void app.get(LeaderElectionService).runIfLeader(() => new Promise(() => {}), 'the long one')
    await app.close()
    expect(warned.mock.calls.map(([message]) => message)).toEqual([
      expect.stringMatching(/20 ms after the leadership ended, this still runs: Deaf\.follow, the long one/),
    ])
  })

  it('of an instance that does not lead does not wait', async () => {
    const app = await start({ imports: imports(60_000), providers: [Jobs] })
    app.election.lose('another')
    await app.close()
    await app.election.closed
    expect(app.get(LeaderElectionService)).toMatchObject({ held: false, leader: null, stopped: null })
  })
})

it('an @OnElected method that outlives its leadership is named in a warning, and delays the next one', async () => {
  const release = event()
  let runs = 0
  @Injectable()
  class Deaf {
    @OnElected()
    follow(_leadership: Leadership): Promise<void> {
      runs++
      return release.happened
    }
  }
  const warned = event<string>()
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((message) => warned.happen(message))
  await using app = await start({ imports: imports(5), providers: [Deaf] })
  app.election.win()
  await nextTurn()
  app.election.lose('another')
  expect(await warned.happened).toMatch(/this still runs: Deaf\.follow.*@OnElected waits for it/)
  app.election.win()
  await nextTurn()
  expect(runs).toBe(1)
  release.happen()
  await nextTurn()
  expect(runs).toBe(2)
})

describe('without enableShutdownHooks()', () => {
  const setUp = (listeners: () => number, platform: NodeJS.Platform = 'linux') => {
    vi.useFakeTimers()
    const warnings: string[] = []
    const cancel = warnWithoutShutdownHooks((message) => warnings.push(message), {
      platform,
      listenerCount: (signal) => (signal === (platform === 'win32' ? 'SIGINT' : 'SIGTERM') ? listeners() : 9),
    })
    return { warnings, cancel }
  }

  it('a warning says what will be lost', () => {
    for (const platform of ['linux', 'win32'] as const) {
      const { warnings } = setUp(() => 0, platform)
      vi.runAllTimers()
      expect(warnings).toEqual([expect.stringMatching(/handed over.*enableShutdownHooks\(\)/)])
    }
  })

  it('there is no warning if it is called after the application has started', () => {
    let listeners = 0
    const { warnings } = setUp(() => listeners)
    vi.advanceTimersByTime(10)
    listeners = 1
    vi.runAllTimers()
    expect(warnings).toEqual([])
  })

  it('there is no warning if the application has closed by then', () => {
    const { warnings, cancel } = setUp(() => 0)
    cancel()
    vi.runAllTimers()
    expect(warnings).toEqual([])
  })
})

describe('an application without a listener for SIGTERM', () => {
  const warnings = async (whenStarted: (app: { close(): Promise<void> }) => Promise<void>) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {})
    vi.spyOn(process, 'listenerCount').mockReturnValue(0)
    await using app = await start({ imports: imports(5) })
    await whenStarted(app)
    vi.runAllTimers()
    return warned.mock.calls.map(([message]) => message)
  }

  it('warns', async () => {
    expect(await warnings(async () => {})).toEqual([expect.stringMatching(/^Nothing listens for SIG/)])
  })

  it('does not warn if it has closed by then', async () => {
    expect(await warnings((app) => app.close())).toEqual([])
  })
})

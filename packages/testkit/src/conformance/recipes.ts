// The tests that elections and locks must pass on every store.
import assert from 'node:assert/strict'
import type { Coordinator, HeldLock, NamedElection, NamedLeader } from '@oarlock/recipes'
import type { TestRunner } from './test-runner.ts'

export interface CoordinatorsUnderTest {
  /** Of three processes, on one store, which nobody else uses. */
  readonly coordinators: readonly [ClosableCoordinator, ClosableCoordinator, ClosableCoordinator]
  dispose(): Promise<void>
}

export interface ClosableCoordinator extends Coordinator {
  close(): Promise<void>
}

/** Longer than any test takes, so that nothing is handed over because a lease has ended. */
const ttl = 60_000

/** Defines the suite; `make` is called once a test. */
export function recipesConformance(
  name: string,
  { describe, test: check }: TestRunner,
  make: () => Promise<CoordinatorsUnderTest>,
): void {
  const onThree = (
    what: string,
    test: (a: ClosableCoordinator, b: ClosableCoordinator, c: ClosableCoordinator) => Promise<void>,
  ): void => {
    check(what, async () => {
      const made = await make()
      try {
        await test(...made.coordinators)
      } finally {
        await made.dispose()
      }
    })
  }

  describe(`locks: ${name}`, () => {
    onThree('have one holder at a time, with a greater fence each time', async (...processes) => {
      const fences: number[] = []
      let holders = 0
      const work = async (process: Coordinator): Promise<void> => {
        for (let n = 0; n < 5; n++)
          await process.lock('invoice:42', { ttl }).using(async (lock) => {
            assert.equal(++holders, 1)
            assert.equal(lock.held, true)
            lock.assertHeld()
            fences.push(lock.fence)
            await process.kv.get('something')
            holders--
          })
      }
      await Promise.all(processes.map(work))
      assert.equal(fences.length, 15)
      assert.deepEqual(fences, increasing(fences))
    })

    onThree('are over when they are released, at once', async (a) => {
      const lock = await a.lock('l', { ttl }).acquire()
      const releasing = lock.release()
      assert.equal(lock.held, false)
      assert.equal(lock.signal.aborted, true)
      assert.throws(() => lock.assertHeld(), { code: 'OARLOCK_LOCK_LOST' })
      await releasing
      await lock.release()
      const again = await a.lock('l', { ttl }).acquire()
      assert.ok(again.fence > lock.fence)
    })

    onThree('let the store refuse what comes too late', async (a, b) => {
      const first = await a.lock('l', { ttl }).acquire()
      const write = (lock: HeldLock, value: string) =>
        a.kv
          .transaction()
          .when(...lock.condition)
          .then({ put: 'guarded', value })
          .commit()
      assert.equal((await write(first, 'in time')).succeeded, true)
      await first.release()
      assert.equal((await write(first, 'too late')).succeeded, false)
      const second = await b.lock('l', { ttl }).acquire()
      assert.equal((await write(first, 'too late')).succeeded, false)
      assert.equal((await write(second, 'of the next one')).succeeded, true)
      assert.equal((await a.kv.get('guarded'))?.value, 'of the next one')
    })

    onThree('are given in the order in which they were asked for', async (a, b, c) => {
      const order: string[] = []
      const first = await a.lock('l', { ttl }).acquire()
      const take = async (who: string, process: Coordinator): Promise<void> => {
        const lock = await process.lock('l', { ttl }).acquire()
        order.push(who)
        await lock.release()
      }
      const waiting: Promise<void>[] = []
      for (const [who, process] of [
        ['c', c],
        ['b', b],
        ['a', a],
      ] as const) {
        waiting.push(take(who, process))
        await queued(a, 'locks', waiting.length + 1)
      }
      await first.release()
      await Promise.all(waiting)
      assert.deepEqual(order, ['c', 'b', 'a'])
    })

    onThree('are tried without waiting', async (a, b, c) => {
      const lock = await a.lock('l', { ttl }).tryAcquire()
      assert.equal(lock?.held, true)
      assert.equal(await b.lock('l', { ttl }).tryAcquire(), null)
      assert.equal(await a.lock('l', { ttl }).tryAcquire(), null)
      const waiting = c.lock('l', { ttl }).acquire()
      await queued(a, 'locks', 2)
      await lock!.release()
      const next = await waiting
      assert.equal(await b.lock('l', { ttl }).tryAcquire(), null)
      await next.release()
      const free = await b.lock('l', { ttl }).tryAcquire()
      assert.ok(free!.fence > next.fence)
    })

    onThree('are not given to who has stopped waiting', async (a, b, c) => {
      const lock = await a.lock('l', { ttl }).acquire()
      const enough = new AbortController()
      const reason = new Error('enough')
      const givenUp = b.lock('l', { ttl }).acquire({ signal: enough.signal })
      await queued(a, 'locks', 2)
      const waiting = c.lock('l', { ttl }).acquire()
      await queued(a, 'locks', 3)
      enough.abort(reason)
      await assert.rejects(givenUp, reason)
      await lock.release()
      assert.equal((await waiting).held, true)
      await queued(a, 'locks', 1)
      await assert.rejects(b.lock('l', { ttl }).acquire({ signal: enough.signal }), reason)
    })

    onThree('are released when their task has thrown', async (a, b) => {
      const error = new Error('of the task')
      await assert.rejects(
        a.lock('l', { ttl }).using(() => Promise.reject(error)),
        error,
      )
      assert.notEqual(await b.lock('l', { ttl }).tryAcquire(), null)
    })

    onThree('are released when their process closes', async (a, b) => {
      const lock = await a.lock('l', { ttl }).acquire()
      const waiting = b.lock('l', { ttl }).acquire()
      await queued(b, 'locks', 2)
      await a.close()
      assert.equal(lock.held, false)
      assert.ok((await waiting).fence > lock.fence)
      assert.throws(() => a.lock('l'), { code: 'OARLOCK_MEMBER_CLOSED' })
    })

    onThree('have any name, and refuse what is none', async (a, b) => {
      const names = ['a', 'a/b', 'a%2Fb', '../locks', 'ä🙂 \u0000', 'x'.repeat(256)]
      const held: HeldLock[] = []
      for (const each of names) held.push((await a.lock(each, { ttl }).tryAcquire())!)
      for (const each of names) assert.equal(await b.lock(each, { ttl }).tryAcquire(), null)
      assert.equal(held.filter((lock) => lock.held).length, names.length)
      for (const wrong of ['', 'x'.repeat(257), '\ud800', 7 as unknown as string])
        assert.throws(() => a.lock(wrong), { code: 'OARLOCK_INVALID_OPTIONS' })
      assert.throws(() => a.lock('a', { ttl: 1 }), { code: 'OARLOCK_INVALID_OPTIONS' })
    })
  })

  describe(`locks that are shared: ${name}`, () => {
    onThree('have several readers or one writer, in the order in which they asked', async (a, b, c) => {
      const lockOf = (process: Coordinator) => process.readWriteLock('table', { ttl })
      const [first, second] = [await lockOf(a).read.acquire(), await lockOf(b).read.acquire()]
      assert.deepEqual([first.held, second.held], [true, true])
      assert.equal(await lockOf(c).write.tryAcquire(), null)
      const writing = lockOf(c).write.acquire()
      await queued(a, 'shared-locks', 3)
      // It does not pass the writer, who waits.
      assert.equal(await lockOf(a).read.tryAcquire(), null)
      const reading = lockOf(a).read.acquire()
      await first.release()
      await second.release()
      const writer = await writing
      assert.equal(writer.held, true)
      await writer.release()
      const third = await reading
      assert.ok(third.fence > writer.fence)
      const fourth = await lockOf(b).read.tryAcquire()
      assert.equal(fourth?.held, true)
    })

    onThree('have as many holders as a semaphore has permits', async (...processes) => {
      let holders = 0
      let most = 0
      const work = async (process: Coordinator): Promise<void> => {
        for (let n = 0; n < 3; n++)
          await process.semaphore('mail', 2, { ttl }).using(async ({ held }) => {
            assert.equal(held, true)
            most = Math.max(most, ++holders)
            await process.kv.get('something')
            holders--
          })
      }
      await Promise.all([...processes, ...processes].map(work))
      assert.ok(most <= 2, `${most} at a time`)
      const [a, b, c] = processes
      const held = [await a.semaphore('mail', 2).acquire(), await b.semaphore('mail', 2).tryAcquire()]
      assert.equal(held[1]?.held, true)
      assert.equal(await c.semaphore('mail', 2).tryAcquire(), null)
      await held[0]!.release()
      assert.equal((await c.semaphore('mail', 2).tryAcquire())?.held, true)
      assert.throws(() => a.semaphore('mail', 0), { code: 'OARLOCK_INVALID_OPTIONS' })
    })
  })

  describe(`named elections: ${name}`, () => {
    onThree('have one leader, with a greater fence each time', async (...processes) => {
      const fences: number[] = []
      let leaders = 0
      await Promise.all(
        processes.map((process) =>
          process.election('billing', { ttl }).lead(async ({ held, fence }) => {
            assert.equal(++leaders, 1)
            assert.equal(held, true)
            fences.push(fence)
            await process.kv.get('something')
            leaders--
          }),
        ),
      )
      assert.deepEqual(fences, increasing(fences))
      assert.equal(fences.length, 3)
    })

    onThree('resolve with what the task returns, and resign then', async (a, b) => {
      const election = a.election('e', { ttl })
      assert.equal(await election.lead(async () => 'done'), 'done')
      assert.equal(election.leadership, null)
      assert.equal((await b.election('e', { ttl }).campaign()).held, true)
      const error = new Error('of the task')
      await assert.rejects(
        b.election('other', { ttl }).lead(() => Promise.reject(error)),
        error,
      )
    })

    onThree('hand over when the leader resigns, in the order of the candidates', async (a, b, c) => {
      const first = await a.election('e', { ttl }).campaign()
      const second = b.election('e', { ttl }).campaign()
      await queued(a, 'elections', 2)
      const third = c.election('e', { ttl }).campaign()
      await queued(a, 'elections', 3)
      const resigning = first.resign()
      assert.equal(first.held, false)
      assert.throws(() => first.assertHeld(), { code: 'OARLOCK_LEADERSHIP_LOST' })
      await resigning
      const next = await second
      assert.ok(next.held && next.fence > first.fence)
      await next[Symbol.asyncDispose]()
      assert.ok((await third).fence > next.fence)
    })

    onThree('show the leader and what it proclaims', async (a, b, c) => {
      const leadership = await a.election('e', { ttl }).campaign()
      const seen = shown(c.election('e', { ttl }))
      assert.deepEqual(await seen.next((leader) => leader !== null), {
        id: a.election('e', { ttl }).id,
        fence: leadership.fence,
        value: null,
      })
      await leadership.proclaim('10.0.0.1:80')
      const guarded = a.kv
        .transaction()
        .when(...leadership.condition)
        .then({ put: 'guarded', value: '' })
      assert.equal((await guarded.commit()).succeeded, true)
      assert.equal((await seen.next((leader) => leader?.value !== null))?.value, '10.0.0.1:80')
      assert.equal(c.election('e', { ttl }).leader?.value, '10.0.0.1:80')
      assert.equal(c.election('e', { ttl }).leadership, null)
      const next = b.election('e', { ttl }).campaign()
      await queued(a, 'elections', 2)
      await leadership.resign()
      await assert.rejects(leadership.proclaim('late'), { code: 'OARLOCK_LEADERSHIP_LOST' })
      assert.equal((await guarded.commit()).succeeded, false)
      const { fence } = await next
      assert.equal((await seen.next((leader) => leader?.fence === fence))?.value, null)
      await (await next).resign()
      assert.equal(await seen.next((leader) => leader === null), null)
    })

    onThree('take leadership from who loses the key, and run the task again', async (a, b) => {
      const fences: number[] = []
      const again = a.election('e', { ttl }).lead(async ({ fence, signal }) => {
        fences.push(fence)
        if (fences.length === 2) return 'again'
        await b.kv.delete({ prefix: 'oarlock/elections/' })
        await aborted(signal)
        return 'lost'
      })
      assert.equal(await again, 'again')
      assert.deepEqual(fences, increasing(fences))
    })

    onThree('transfer leadership to the next candidate, and the former queues again', async (a, b) => {
      const led: string[] = []
      const leads = Promise.withResolvers<void>()
      const enough = new AbortController()
      const lead = (who: string, process: Coordinator): Promise<unknown> =>
        process.election('e', { ttl }).lead(
          async ({ signal }) => {
            led.push(who)
            leads.resolve()
            if (led.length === 3) enough.abort()
            else if (led.length === 2) {
              await queued(process, 'elections', 2)
              await process.election('e', { ttl }).transferLeadership()
            }
            await aborted(signal)
          },
          { signal: enough.signal },
        )
      const first = lead('a', a)
      await queued(a, 'elections', 1)
      const second = lead('b', b)
      await queued(a, 'elections', 2)
      await leads.promise
      await assert.rejects(b.election('e', { ttl }).transferLeadership(), { code: 'OARLOCK_TRANSFER_FAILED' })
      await a.election('e', { ttl }).transferLeadership({ to: b.election('e', { ttl }).id })
      for (const ended of await Promise.allSettled([first, second]))
        if (ended.status === 'rejected') assert.equal(ended.reason, enough.signal.reason)
      assert.deepEqual(led, ['a', 'b', 'a'])
    })

    onThree('do without who has stopped waiting', async (a, b, c) => {
      const leadership = await a.election('e', { ttl }).campaign()
      const enough = new AbortController()
      const reason = new Error('enough')
      const givenUp = b.election('e', { ttl }).campaign({ signal: enough.signal })
      await queued(a, 'elections', 2)
      const waiting = c.election('e', { ttl }).campaign()
      await queued(a, 'elections', 3)
      enough.abort(reason)
      await assert.rejects(givenUp, reason)
      await leadership.resign()
      assert.equal((await waiting).held, true)
    })

    onThree('hand over when their process closes, once its tasks have ended', async (a, b) => {
      let hasEnded = false
      const begun = Promise.withResolvers<void>()
      const first = a.election('e', { ttl }).lead(async (leadership) => {
        begun.resolve()
        await aborted(leadership.signal)
        assert.equal(leadership.held, true)
        await a.kv.put('record', 'ended')
        hasEnded = true
        return 'recorded'
      })
      await begun.promise
      const second = b.election('e', { ttl }).campaign()
      await queued(b, 'elections', 2)
      await a.close()
      assert.equal(hasEnded, true)
      assert.equal(await first, 'recorded')
      assert.equal((await second).held, true)
      assert.equal((await b.kv.get('record'))?.value, 'ended')
    })

    onThree('are one object for each name, until it is closed', async (a) => {
      const election = a.election('e', { ttl })
      assert.equal(a.election('e', { ttl }), election)
      assert.notEqual(a.election('f', { ttl }), election)
      assert.throws(() => a.election('e', { ttl: 1000 }), { code: 'OARLOCK_INVALID_OPTIONS' })
      assert.equal(election.status().state, 'running')
      assert.deepEqual(
        election.why().findings.map(({ kind }) => kind),
        ['does-not-stand'],
      )
      await election.close()
      assert.equal(election.status().state, 'closed')
      await assert.rejects(election.campaign(), { code: 'OARLOCK_MEMBER_CLOSED' })
      assert.equal(await election.lead(async () => 'led'), undefined)
      const next = await a.election('e', { ttl }).campaign()
      assert.equal(next.held, true)
    })
  })
}

const increasing = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Resolves when so many places are in all queues together. */
async function queued(
  { kv }: Coordinator,
  kind: 'locks' | 'shared-locks' | 'elections',
  count: number,
): Promise<void> {
  const prefix = `oarlock/${kind}/`
  const watch = kv.watch({ prefix })
  await watch.started
  while ((await kv.range({ prefix }, { countOnly: true })).count !== count) await watch.next()
  await watch.return?.()
}

interface Shown {
  /** The next leader that is shown for which this holds. */
  next(holds: (leader: NamedLeader | null) => boolean): Promise<NamedLeader | null>
}

function shown(election: NamedElection): Shown {
  const leaders = election.observe()[Symbol.asyncIterator]()
  return {
    async next(holds) {
      for (;;) {
        const { value, done } = await leaders.next()
        if (done === true) throw new Error('nothing more is shown')
        if (holds(value)) return value
      }
    },
  }
}

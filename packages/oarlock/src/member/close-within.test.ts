// A member that its own task closes.
import { aborted, event, nextTurn } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'

/** So long that a `close` that waits for its own task exceeds the time of the test. */
const drainTimeout = 600_000
const alone = () => new Cluster(1, () => ({ drainTimeout })).start()

describe('close, called by a task of lead', () => {
  it('does not wait for the task if the task waits for it', async () => {
    await using cluster = await alone()
    const member = cluster.member('a')
    const run = member.lead(async ({ signal }) => {
      await nextTurn()
      await member.close()
      return { reason: signal.reason.code, held: member.leadership?.held ?? false }
    })
    expect(await run).toEqual({ reason: 'OARLOCK_MEMBER_CLOSED', held: false })
    await member.closed
  })

  it.each([
    [
      'through other functions and promises',
      (close: () => Promise<void>) => Promise.all([nextTurn(), close()]),
    ],
    ['with then', (close: () => Promise<void>) => nextTurn().then(close)],
    [
      'later',
      async (close: () => Promise<void>) => {
        const closing = close()
        await nextTurn()
        await closing
      },
    ],
  ])('does not wait for the task if the task waits for it %s', async (_, wait) => {
    await using cluster = await alone()
    const member = cluster.member('a')
    await member.lead(async () => void (await wait(() => member.close())))
    await member.closed
  })

  it('does not wait for either of two tasks that both wait for it', async () => {
    await using cluster = await alone()
    const member = cluster.member('a')
    const both = [0, 1].map(() =>
      member.lead(async () => {
        await nextTurn()
        await member.close()
      }),
    )
    await Promise.all(both)
  })

  it('waits for the other tasks', async () => {
    await using cluster = await alone()
    const member = cluster.member('a')
    const order: string[] = []
    const release = event()
    const other = member.lead(async ({ signal }) => {
      await aborted(signal)
      await release.happened
      order.push('the other task has ended')
    })
    const closer = member.lead(async () => {
      await nextTurn()
      const closing = member.close()
      setImmediate(release.happen)
      await closing
      order.push('closed')
    })
    await Promise.all([other, closer])
    expect(order).toEqual(['the other task has ended', 'closed'])
  })

  it('waits for the task if the task does not wait for it, also before the first await of the task', async () => {
    await using cluster = await alone()
    const member = cluster.member('a')
    const begun = event<{ readonly closing: Promise<void> }>()
    let ended = false
    const run = member.lead(async ({ signal }) => {
      begun.happen({ closing: member.close() })
      await nextTurn()
      await nextTurn()
      ended = member.leadership?.held === true && signal.aborted
    })
    const { closing } = await begun.happened
    await closing
    expect(ended).toBe(true)
    await run
  })

  it('happens once if a listener of the signal calls it again', async () => {
    await using cluster = await alone()
    const member = cluster.member('a')
    const calls: Promise<void>[] = []
    const begun = event()
    const run = member.lead(async ({ signal }) => {
      signal.addEventListener('abort', () => calls.push(member.close()))
      begun.happen()
      await aborted(signal)
    })
    await begun.happened
    const closing = member.close()
    expect(calls).toEqual([closing])
    expect(calls[0]).toBe(closing)
    await Promise.all([run, closing])
  })
})

import type { Leadership, Member } from '@oarlock/runtime'
import { aborted } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'

const later = (): { promise: Promise<void>; now(): void } => {
  let now!: () => void
  const promise = new Promise<void>((resolve) => {
    now = resolve
  })
  return { promise, now }
}

describe('lead', () => {
  it("resolves with the task's value, once its member leads", async () => {
    await using cluster = await new Cluster(1).start()
    expect(await cluster.member('a').lead(async ({ held, fence }) => ({ held, fence }))).toEqual({
      held: true,
      fence: 1,
    })
  })

  it("rejects with the task's error while the leadership is held", async () => {
    await using cluster = await new Cluster(1).start()
    const error = new Error('of the task')
    await expect(cluster.member('a').lead(() => Promise.reject(error))).rejects.toBe(error)
  })

  it('runs on another member when the leader is cut off, only after it has ended here', async () => {
    await using cluster = await new Cluster(3).start()
    const enough = new AbortController()
    const runs: Leadership[] = []
    const heldBefore: boolean[] = []
    const second = later()
    const task = async (leadership: Leadership) => {
      heldBefore.push(runs.some(({ held }) => held))
      if (runs.push(leadership) === 2) second.now()
      await aborted(leadership.signal)
      throw new Error('the consequence')
    }
    const tasks = cluster.members.map((member) => member.lead(task, { signal: enough.signal }))
    const { member } = await cluster.leading()
    cluster.isolate(member)
    await second.promise
    expect(heldBefore).toEqual([false, false])
    expect(runs[0]!.signal.aborted).toBe(true)
    expect(runs[1]!.fence).toBeGreaterThan(runs[0]!.fence)
    enough.abort(new Error('enough'))
    for (const run of await Promise.allSettled(tasks))
      expect(run).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
  })

  it('never runs twice at once: a new leadership waits for the earlier run to end', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [other] = cluster.others(member)
    const [begun, lost, release] = [later(), later(), later()]
    let running = 0
    const fences: number[] = []
    const leading = member.lead(async ({ fence, signal }) => {
      expect(++running).toBe(1)
      fences.push(fence)
      if (fences.length === 1) {
        begun.now()
        await aborted(signal)
        lost.now()
        await release.promise
      }
      running--
      return fences.length
    })
    await begun.promise
    await member.transferLeadership({ to: other!.id })
    await lost.promise
    await other!.transferLeadership({ to: member.id })
    await cluster.leading([member])
    expect(fences).toHaveLength(1)
    release.now()
    expect(await leading).toBe(2)
    expect(fences[1]).toBeGreaterThan(fences[0]!)
  })

  it("ends the task by the caller's signal, and rejects with its reason", async () => {
    await using cluster = await new Cluster(1).start()
    const enough = new AbortController()
    const reason = new Error('enough')
    const run = cluster.member('a').lead(
      async (leadership) => {
        enough.abort(reason)
        leadership.signal.throwIfAborted()
      },
      { signal: enough.signal },
    )
    await expect(run).rejects.toBe(reason)
    expect(cluster.member('a').leadership?.held).toBe(true)
    await expect(cluster.member('a').lead(async () => 1, { signal: enough.signal })).rejects.toBe(reason)
  })

  it("stops waiting for a leadership by the caller's signal", async () => {
    await using cluster = await new Cluster(3).start('a')
    const enough = new AbortController()
    const run = cluster.member('a').lead(async () => 1, { signal: enough.signal })
    enough.abort()
    await expect(run).rejects.toBe(enough.signal.reason)
  })
})

describe('close', () => {
  /** So long that no election by timeout looks like a transfer. */
  const patient = () => ({ electionTimeout: 1500 })

  it('aborts tasks while the leadership is still held, so that they can record their end', async () => {
    const commands: string[] = []
    const machine = { apply: (command: string) => commands.push(command) }
    await using cluster = await new Cluster<string, number>(1, () => ({ machine })).start()
    const { member } = await cluster.leading()
    const run = member.lead(async ({ signal }) => {
      await aborted(signal)
      const held = member.leadership?.held
      await member.propose('the record')
      return { held, reason: signal.reason.code }
    })
    await cluster.leading()
    await member.close()
    expect(await run).toEqual({ held: true, reason: 'OARLOCK_MEMBER_CLOSED' })
    expect(commands).toEqual(['the record'])
  })

  it('transfers leadership without an election timeout', async () => {
    await using cluster = await new Cluster<string, unknown>(3, patient).start()
    const { member, leadership } = await cluster.leading()
    const rest = cluster.others(member)
    const next = cluster.leading(rest)
    const start = performance.now()
    await member.close()
    expect((await next).leadership.fence).toBe(leadership.fence + 1)
    expect(performance.now() - start).toBeLessThan(750)
    expect(leadership.held).toBe(false)
    await member.closed
  })

  it('of all members at once does not wait for a successor that is closing as well', async () => {
    await using cluster = await new Cluster(3, patient).start()
    await cluster.leading()
    const start = performance.now()
    await Promise.all(cluster.members.map((member) => member.close()))
    expect(performance.now() - start).toBeLessThan(750)
  })

  it('transfers to another member if the successor is closing as well', async () => {
    await using cluster = await new Cluster(5, patient).start()
    const { member, leadership } = await cluster.leading()
    const [second, ...rest] = cluster.others(member)
    const next = cluster.leading(rest)
    const start = performance.now()
    const closing = [second!.close(), member.close()]
    expect((await next).leadership.fence).toBeGreaterThan(leadership.fence)
    expect(performance.now() - start).toBeLessThan(750)
    await Promise.all(closing)
  })

  it('begins no further task', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    let ran = false
    const run = member.lead(async () => {
      ran = true
    })
    const closing = member.close()
    expect(await run).toBeUndefined()
    await closing
    expect(ran).toBe(false)
  })

  it('finishes the proposals that a leader has, and moves on those that it refused', async () => {
    const record = () => {
      const commands: string[] = []
      return { machine: { apply: (command: string) => commands.push(command) } }
    }
    await using cluster = await new Cluster<string, number>(3, (id) => ({
      ...patient(),
      ...record(),
      id,
    })).start()
    const { member } = await cluster.leading()
    const before = Array.from({ length: 50 }, (_, n) => member.propose(`before ${n}`))
    await new Promise(setImmediate)
    const closing = member.close()
    const during = Array.from({ length: 50 }, (_, n) => member.propose(`during ${n}`))
    await closing
    const settled = await Promise.allSettled([...before, ...during])
    for (const { status } of settled.slice(0, 50)) expect(status).toBe('fulfilled')
    for (const result of settled.slice(50))
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ outcome: 'not-applied' })
  })

  it('waits for tasks for drainTimeout at most', async () => {
    await using cluster = await new Cluster(1, () => ({ drainTimeout: 20 })).start()
    const member: Member<unknown, unknown> = cluster.member('a')
    const [begun, never] = [later(), later()]
    void member.lead(async () => {
      begun.now()
      await never.promise
    })
    await begun.promise
    await member.close()
    await member.closed
    never.now()
  })

  it('happens once, however often and from wherever it is called', async () => {
    await using cluster = await new Cluster(1).start()
    const { member, leadership } = await cluster.leading()
    const closing = member.close()
    expect(member.close()).toBe(closing)
    await member[Symbol.asyncDispose]()
    expect(leadership.held).toBe(false)
    expect(member.leadership).toBeNull()
    expect(await member.lead(async () => 1)).toBeUndefined()
    await expect(member.transferLeadership()).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(member.propose(1)).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    for await (const _ of member.observe()) expect.unreachable()
  })
})

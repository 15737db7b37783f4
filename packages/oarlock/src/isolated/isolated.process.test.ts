// Members in processes of their own, with the event loop of the leader's application blocked.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Order, Report, Reports } from '../../test/isolated-process.ts'
import { freeAddress } from '../../test/raw-peer.ts'

const program = fileURLToPath(new URL('../../test/isolated-process.ts', import.meta.url))
/** In ms. A tenth of the time that a loop is blocked, and more than a busy machine lets a process wait. */
const electionTimeout = 1000

class Instance {
  readonly id: string
  readonly process: ChildProcess
  readonly reports: Report[] = []
  readonly #waiting = new Set<() => void>()

  constructor(id: string, options: object, isolated: boolean) {
    this.id = id
    this.process = fork(program, [JSON.stringify(options), String(isolated)], {
      execArgv: ['--conditions=@oarlock/source'],
    })
    this.process.on('message', (report: Report) => {
      this.reports.push(report)
      for (const wake of this.#waiting) wake()
    })
  }

  order(order: Order): void {
    this.process.send(order)
  }

  has(kind: keyof Reports): boolean {
    return this.reports.some((report) => report.kind === kind)
  }

  /** The first report of this kind, from now on or before. */
  async report<K extends keyof Reports>(kind: K): Promise<Reports[K]> {
    for (;;) {
      const found = this.reports.find((report) => report.kind === kind)
      if (found !== undefined) return found.is as Reports[K]
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve)
      })
    }
  }
}

class Cluster implements AsyncDisposable {
  readonly #directory = mkdtempSync(joinPath(tmpdir(), 'oarlock-isolated-'))
  readonly instances: Instance[] = []

  static async of(isolated: boolean, ids: readonly string[] = ['a', 'b', 'c']): Promise<Cluster> {
    const cluster = new Cluster()
    const peers = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await freeAddress()])))
    for (const id of ids) {
      const options = { id, peers, data: joinPath(cluster.#directory, id), electionTimeout }
      cluster.instances.push(new Instance(id, options, isolated))
    }
    return cluster
  }

  /** The first leader. The others know it. */
  async leader(): Promise<{ leader: Instance; fence: number; others: readonly Instance[] }> {
    const [leader, fence] = await Promise.race(
      this.instances.map(async (instance) => [instance, await instance.report('leads')] as const),
    )
    return { leader, fence, others: this.instances.filter((instance) => instance !== leader) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.instances)
      if (process.exitCode === null && process.signalCode === null) {
        process.kill('SIGKILL')
        await once(process, 'exit')
      }
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const leadersSeenBy = ({ reports }: Instance): readonly string[] =>
  reports.flatMap((report) => (report.kind === 'leader' && report.is !== null ? [report.is] : []))

describe.concurrent("while the leader's application blocks its event loop", () => {
  it('for 10 s, a member with isolate goes on leading: no election, and the leadership is held right after', async () => {
    await using cluster = await Cluster.of(true)
    const { leader, fence, others } = await cluster.leader()
    leader.order({ block: 10 * electionTimeout })
    // Meanwhile the others write, which needs the leader.
    others[0]!.order({ write: 'a write while the leader is blocked' })
    expect(await others[0]!.report('written')).toEqual({ left: 1 })
    expect(leader.has('unblocked')).toBe(false)
    expect(await leader.report('unblocked')).toMatchObject({ held: true, fence })
    for (const instance of cluster.instances)
      expect(new Set(leadersSeenBy(instance))).toEqual(new Set([leader.id]))
  })

  it('and the others are gone, it finds that its leadership is over, before any message says so', async () => {
    await using cluster = await Cluster.of(true)
    const { leader, fence, others } = await cluster.leader()
    for (const { process } of others) process.kill('SIGKILL')
    leader.order({ block: 3 * electionTimeout })
    expect(await leader.report('unblocked')).toEqual({ held: false, fence })
  })

  it('without isolate, another member leads', async () => {
    await using cluster = await Cluster.of(false)
    const { leader, fence, others } = await cluster.leader()
    leader.order({ block: 5 * electionTimeout })
    expect(await Promise.race(others.map((other) => other.report('leads')))).toBeGreaterThan(fence)
    expect(await leader.report('unblocked')).toMatchObject({ held: false, fence })
  })
})

describe.concurrent('a member with isolate', () => {
  it('stops when its state machine throws, and still says why', async () => {
    await using cluster = await Cluster.of(true)
    const { leader } = await cluster.leader()
    leader.order({ crash: true })
    expect(await leader.report('stopped')).toEqual({
      state: 'stopped',
      code: 'OARLOCK_STATE_MACHINE',
      told: 'OARLOCK_STATE_MACHINE',
      why: expect.stringMatching(/a command that the machine cannot bear/),
    })
  })

  it('has sessions, which are closed once', async () => {
    await using cluster = await Cluster.of(true)
    const { others } = await cluster.leader()
    others[0]!.order({ session: true })
    expect(await others[0]!.report('session')).toEqual([{ left: 2 }, 'OARLOCK_SESSION_EXPIRED'])
  })

  it('is live but not ready while its state machine is busy, says so at once, and tells its events to the application', async () => {
    await using cluster = await Cluster.of(true, ['a'])
    const { leader } = await cluster.leader()
    leader.order({ work: 5 * electionTimeout })
    expect(await leader.report('worked')).toEqual({
      ready: {
        ok: false,
        reasons: [
          { kind: 'thread-silent', text: expect.stringMatching(/^The thread of a has not run for /) },
        ],
      },
      live: { ok: true, reasons: [] },
      channels: expect.arrayContaining([
        'oarlock:member:started',
        'oarlock:member:leadership',
        'oarlock:member:leader',
        'oarlock:member:stall',
        'oarlock:member:snapshot',
      ]),
      warnings: expect.arrayContaining([expect.stringMatching(/: its thread was blocked.* in one call\./)]),
    })
  })

  it('closes, and its process ends by itself', async () => {
    await using cluster = await Cluster.of(true)
    const { leader, others } = await cluster.leader()
    leader.order({ close: true })
    expect(await once(leader.process, 'exit')).toEqual([0, null])
    // It has handed over its leadership.
    await Promise.race(others.map((other) => other.report('leads')))
  })
})

// Members in processes of their own, over real sockets and disks, which are told to go and killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../test/member-process.ts', import.meta.url))
const electionTimeout = 500

interface Line {
  readonly leads?: number
  readonly sum?: number
  readonly sees?: { readonly id: string; readonly fence: number } | null
  readonly ends?: number
  readonly held?: boolean
  readonly closed?: string
}

/** One process, and what it says. */
class MemberProcess {
  readonly id: string
  readonly child: ChildProcess
  readonly exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  readonly lines: Line[] = []
  readonly #listening = new Set<() => void>()

  constructor(options: { id: string }, ...args: string[]) {
    this.id = options.id
    this.child = spawn(
      process.execPath,
      ['--conditions=@oarlock/source', script, JSON.stringify(options), ...args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.exited = once(this.child, 'close') as typeof this.exited
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line))
      for (const listen of this.#listening) listen()
    })
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** The first line that is as wanted. */
  says(wanted: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve) => {
      const listen = () => {
        const line = this.lines.find(wanted)
        if (line === undefined) return
        this.#listening.delete(listen)
        resolve(line)
      }
      this.#listening.add(listen)
      listen()
    })
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

describe('members in processes of their own', () => {
  let directory: string
  let peers: Record<string, string>
  const processes: MemberProcess[] = []

  beforeEach(async () => {
    directory = await mkdtemp(joinPath(tmpdir(), 'oarlock-member-'))
    const ports = await freePorts(3)
    peers = Object.fromEntries(['a', 'b', 'c'].map((id, at) => [id, `127.0.0.1:${ports[at]}`]))
  })

  afterEach(async () => {
    for (const { child, running } of processes) if (running) child.kill('SIGKILL')
    await Promise.all(processes.splice(0).map(({ exited }) => exited))
    await rm(directory, { recursive: true })
  })

  const start = (id: string, members = peers, ...args: string[]): MemberProcess => {
    const options = { id, peers: members, data: joinPath(directory, id), electionTimeout }
    const started = new MemberProcess(options, ...args)
    processes.push(started)
    return started
  }

  /** The first of these to lead with a fence above `above`, and what it says. */
  const nextLeader = (of: readonly MemberProcess[], above: number) =>
    Promise.race(
      of.map(async (member) => {
        const { leads, sum } = await member.says(({ leads: fence = 0 }) => fence > above)
        return { member, fence: leads!, sum: sum! }
      }),
    )

  it('hand over on SIGTERM and exit by themselves; outlive a kill; find their data again', async () => {
    const cluster = ['a', 'b', 'c'].map((id) => start(id))
    const first = await nextLeader(cluster, 0)
    expect(first.sum).toBeGreaterThan(0)

    // SIGTERM: the task ends while the leadership is held, another leads, and the process is gone by the signal it got.
    const rest = cluster.filter((member) => member !== first.member)
    await Promise.all(rest.map((member) => member.says(({ sees }) => sees?.fence === first.fence)))
    first.member.child.kill('SIGTERM')
    const second = await nextLeader(rest, first.fence)
    expect(second.sum).toBeGreaterThan(first.sum)
    expect(await first.member.exited).toEqual([null, 'SIGTERM'])
    expect(first.member.lines.at(-1)).toEqual({ closed: first.member.id })
    expect(await first.member.says(({ ends }) => ends === first.fence)).toMatchObject({ held: true })

    // It comes back and follows.
    const back = start(first.member.id)
    await back.says(({ sees }) => sees?.fence === second.fence)

    // SIGKILL: the others elect one of theirs.
    second.member.child.kill('SIGKILL')
    const left = [back, ...rest.filter((member) => member !== second.member)]
    const third = await nextLeader(left, second.fence)
    expect(third.sum).toBeGreaterThan(second.sum)

    // All go at once: none hangs, whoever leads.
    for (const member of left) member.child.kill('SIGTERM')
    for (const member of left) expect(await member.exited).toEqual([null, 'SIGTERM'])

    // All come back: what was decided is there.
    const again = ['a', 'b', 'c'].map((id) => start(id))
    const fourth = await nextLeader(again, 0)
    expect(fourth.fence).toBeGreaterThan(third.fence)
    expect(fourth.sum).toBeGreaterThan(third.sum)
  })

  it('leave nothing behind that keeps a process alive after close', async () => {
    const alone = start('a', { a: peers.a! }, 'close')
    expect(await alone.exited).toEqual([0, null])
    expect(alone.lines.at(-1)).toEqual({ closed: 'a' })
  })

  it('close at the first signal, and go at the second, whatever they still wait for', async () => {
    const alone = start('a', { a: peers.a! }, 'hang')
    await alone.says(({ leads = 0 }) => leads > 0)
    alone.child.kill('SIGTERM')
    await alone.says(({ ends = 0 }) => ends > 0)
    expect(alone.running).toBe(true)
    alone.child.kill('SIGINT')
    expect(await alone.exited).toEqual([null, 'SIGINT'])
    expect(alone.lines.at(-1)).toHaveProperty('ends')
  })
})

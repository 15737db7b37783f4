// Members in their own processes, over real sockets and disks, which get signals and are killed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'

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

/** The process of a member, and the lines that it writes. */
class MemberProcess extends NodeProcess {
  readonly id: string

  constructor(options: { id: string }, ...args: string[]) {
    super(script, JSON.stringify(options), ...args)
    this.id = options.id
  }

  get last(): Line {
    return JSON.parse(this.lines.at(-1)!)
  }

  /** The first line for which `wanted` is true. */
  async says(wanted: (line: Line) => boolean): Promise<Line> {
    return JSON.parse(await this.line((line) => wanted(JSON.parse(line)), String(wanted)))
  }
}

describe('members in their own processes', () => {
  let directory: string
  let peers: Record<string, string>
  const processes: MemberProcess[] = []

  beforeEach(async () => {
    directory = await mkdtemp(joinPath(tmpdir(), 'oarlock-member-'))
    peers = { a: await freeAddress(), b: await freeAddress(), c: await freeAddress() }
  })

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      for (const { id, child, lines } of processes) console.error(`${id} (${child.pid}):`, lines)
    await Promise.all(processes.splice(0).map((started) => started[Symbol.asyncDispose]()))
    await rm(directory, { recursive: true })
  })

  const start = (id: string, members = peers, ...args: string[]): MemberProcess => {
    const options = { id, peers: members, data: joinPath(directory, id), electionTimeout }
    const started = new MemberProcess(options, ...args)
    processes.push(started)
    return started
  }

  /** The first of these that leads with a fence above `above`, and its line. */
  const nextLeader = (of: readonly MemberProcess[], above: number) =>
    Promise.race(
      of.map(async (member) => {
        const { leads, sum } = await member.says(({ leads: fence = 0 }) => fence > above)
        return { member, fence: leads!, sum: sum! }
      }),
    )

  /**
   * The next leader that all of these have seen. On a busy machine a leader may lose leadership before.
   */
  const agreedLeader = async (members: readonly MemberProcess[], above: number) => {
    for (let least = above; ; ) {
      const leader = await nextLeader(members, least)
      const views = members.map((member) => member.says(({ sees }) => (sees?.fence ?? 0) >= leader.fence))
      if ((await Promise.all(views)).every(({ sees }) => sees?.fence === leader.fence)) return leader
      least = leader.fence
    }
  }

  it('transfer leadership on SIGTERM and exit, survive a kill, and find their data again', async () => {
    const cluster = ['a', 'b', 'c'].map((id) => start(id))
    const first = await agreedLeader(cluster, 0)
    expect(first.sum).toBeGreaterThan(0)

    // SIGTERM: the task ends while the leadership is held, another member leads, and the process ends by that
    // signal.
    const rest = cluster.filter((member) => member !== first.member)
    first.member.child.kill('SIGTERM')
    const successor = await nextLeader(rest, first.fence)
    expect(successor.sum).toBeGreaterThan(first.sum)
    expect(await first.member.ended).toEqual([null, 'SIGTERM'])
    expect(first.member.last).toEqual({ closed: first.member.id })
    expect(await first.member.says(({ ends }) => ends === first.fence)).toMatchObject({ held: true })

    // It returns as a follower.
    const back = start(first.member.id)
    const second = await agreedLeader([back, ...rest], first.fence)

    // SIGKILL: the others elect a leader.
    second.member.child.kill('SIGKILL')
    const left = [back, ...rest].filter((member) => member !== second.member)
    const third = await nextLeader(left, second.fence)
    expect(third.sum).toBeGreaterThan(second.sum)

    // All close at once, and none of them hangs.
    for (const member of left) member.child.kill('SIGTERM')
    for (const member of left) expect(await member.ended).toEqual([null, 'SIGTERM'])

    // All return, and the committed commands are there.
    const again = ['a', 'b', 'c'].map((id) => start(id))
    const fourth = await nextLeader(again, 0)
    expect(fourth.fence).toBeGreaterThan(third.fence)
    expect(fourth.sum).toBeGreaterThan(third.sum)
  })

  it('leave nothing that keeps a process alive after close', async () => {
    const alone = start('a', { a: peers.a! }, 'close')
    await alone.says(({ closed }) => closed === 'a')
    const closed = performance.now()
    expect(await alone.ended).toEqual([0, null])
    expect(performance.now() - closed).toBeLessThan(1000)
    expect(alone.last).toEqual({ closed: 'a' })
  })

  it('close on the first signal, and end on the second, whatever they wait for', async () => {
    const alone = start('a', { a: peers.a! }, 'hang')
    await alone.says(({ leads = 0 }) => leads > 0)
    alone.child.kill('SIGTERM')
    await alone.says(({ ends = 0 }) => ends > 0)
    expect(alone.running).toBe(true)
    alone.child.kill('SIGINT')
    expect(await alone.ended).toEqual([null, 'SIGINT'])
    expect(alone.last).toHaveProperty('ends')
  })
})

// A load on a cluster of three whose links are slow. Heartbeats must not wait behind entries, and the entries
// must fill the links.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { ThrottledLinks } from '@oarlock/test-support/throttled-links'
import { askForCounts, dataFolder, freePorts, kill, register, removeFolder } from '../processes.ts'
import type { Counts, MemberArguments, Order, Report } from './protocol.ts'

export interface Load {
  /** Of each direction of each link, in bits a second. */
  readonly rate: number
  /** The longest queue of a link, in ms. */
  readonly queue: number
  readonly proposers: number
  readonly commandBytes: number
  /** In the leader's process, or as many in each process. */
  readonly at: 'leader' | 'everywhere'
  /** How long a proposal may take, in ms. */
  readonly proposeTimeout: number
  /** Before the measurement, in s. */
  readonly warmUp: number
  /** Of the measurement, in s. */
  readonly seconds: number
}

export interface Outcome {
  /** From the beginning of the load to the end. */
  readonly leaderships: number
  readonly committed: number
  readonly failed: Readonly<Record<string, number>>
  /** The share of the links' capacity that carried committed entries. */
  readonly used: number
}

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Rejects if a member fails. */
export async function trial(load: Load): Promise<Outcome> {
  const ids = ['m1', 'm2', 'm3']
  const folder = dataFolder()
  const ports = await freePorts(ids.length)
  const links = await ThrottledLinks.open({
    ports: Object.fromEntries(ids.map((id, at) => [id, ports[at]!])),
    rate: load.rate / 8,
    queue: load.queue,
  })
  const { commandBytes, proposeTimeout } = load
  const members = ids.map((id) => {
    const peers = links.peers[id]!
    return new MemberProcess({ id, peers, data: join(folder, id), commandBytes, proposeTimeout })
  })
  try {
    return await Promise.race([measure(members, load), ...members.map(({ failure }) => failure)])
  } finally {
    await Promise.all(members.map(({ child }) => kill(child)))
    await links[Symbol.asyncDispose]()
    removeFolder(folder)
  }
}

async function measure(members: readonly MemberProcess[], load: Load): Promise<Outcome> {
  const leader = await Promise.race(members.map((member) => member.leads))
  const before = leaderships(members)
  const placed = load.at === 'leader' ? [leader] : members
  for (const member of placed)
    member.tell({ type: 'load', proposers: Math.ceil(load.proposers / placed.length) })
  await wait(load.warmUp)
  const [first, began] = [await leader.counts(), performance.now()]
  await wait(load.seconds)
  const [last, ended] = [await leader.counts(), performance.now()]
  const all = await Promise.all(members.map((member) => member.counts()))
  const failed: Record<string, number> = {}
  for (const counts of all)
    for (const [code, count] of Object.entries(counts.failed)) failed[code] = (failed[code] ?? 0) + count
  return {
    leaderships: leaderships(members) - before + 1,
    committed: all.reduce((sum, { committed }) => sum + committed, 0),
    failed,
    used: (last.bytes - first.bytes) / (((ended - began) / 1000) * (load.rate / 8)),
  }
}

const leaderships = (members: readonly MemberProcess[]): number =>
  members.reduce((sum, { fences }) => sum + fences.length, 0)

class MemberProcess {
  readonly child: ChildProcess
  readonly fences: number[] = []
  readonly leads: Promise<MemberProcess>
  /** Never resolves. */
  readonly failure: Promise<never>

  constructor(args: MemberArguments) {
    const program = join(import.meta.dirname, 'member.ts')
    const execArgv = ['--conditions=@oarlock/source']
    this.child = register(fork(program, [JSON.stringify(args)], { execArgv }))
    this.leads = new Promise((resolve) =>
      this.child.on('message', (report: Report) => {
        if (report.type !== 'leading') return
        this.fences.push(report.fence)
        resolve(this)
      }),
    )
    this.failure = new Promise((_, reject) => {
      this.child.on('message', (report: Report) => {
        if (report.type === 'failed') reject(new Error(`${args.id}: ${report.error}`))
      })
      this.child.once('exit', (code) => {
        if (code !== null) reject(new Error(`${args.id} ended with exit code ${code}`))
      })
    })
    // Whether anybody waits for it or not.
    this.failure.catch(() => {})
  }

  tell(order: Order): void {
    this.child.send(order)
  }

  counts(): Promise<Counts> {
    return askForCounts<Counts>(this.child, { type: 'count' } satisfies Order)
  }
}

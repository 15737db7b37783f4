// The processes of a soak test.
import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { askForCounts, freePorts, register } from '../processes.ts'
import type { Counts, MemberArguments, Order, Report } from './protocol.ts'

export class MemberProcess {
  readonly id: string
  readonly child: ChildProcess
  readonly writes: Promise<void>
  /** Never resolves. */
  readonly failure: Promise<never>
  readonly #data: string
  #mostDisk = 0

  constructor(args: MemberArguments, said: (message: string) => void) {
    this.id = args.id
    this.#data = args.data
    const execArgv = ['--conditions=@oarlock/source']
    this.child = register(fork(join(import.meta.dirname, 'member.ts'), [JSON.stringify(args)], { execArgv }))
    this.writes = new Promise((resolve) => {
      this.child.on('message', ({ type }: Report) => {
        if (type === 'writing') resolve()
      })
    })
    this.failure = new Promise((_, reject) => {
      this.child.on('message', (report: Report) => {
        if (report.type === 'failed') reject(new Error(`${args.id}: ${report.error}`))
        else if (report.type === 'said') said(report.message)
      })
      this.child.once('exit', (code, signal) =>
        reject(new Error(`${args.id} ended by itself (${code === null ? signal : `exit code ${code}`})`)),
      )
    })
    this.failure.catch(() => {}) // whether anybody waits for it or not
  }

  counts(): Promise<Counts> {
    return askForCounts<Counts>(this.child, { type: 'count' } satisfies Order)
  }

  lookAtDisk(): void {
    this.#mostDisk = Math.max(this.#mostDisk, diskBytes(this.#data))
  }

  /** The most bytes of disk that were seen since the last call. */
  takeMostDisk(): number {
    this.lookAtDisk()
    const most = this.#mostDisk
    this.#mostDisk = 0
    return most
  }
}

export async function startMembers(
  folder: string,
  options: Pick<MemberArguments, 'stateBytes' | 'proposers' | 'readers'>,
  said: (message: string) => void,
): Promise<readonly MemberProcess[]> {
  const ports = await freePorts(3)
  const peers = Object.fromEntries(ports.map((port, at) => [`m${at + 1}`, `127.0.0.1:${port}`]))
  return Object.keys(peers).map(
    (id) => new MemberProcess({ id, peers, data: join(folder, id), ...options }, said),
  )
}

/** The blocks that the files of a directory take. */
function diskBytes(directory: string): number {
  let bytes = 0
  for (const name of namesIn(directory))
    bytes += (statSync(join(directory, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512
  return bytes
}

/** None if the member has not made it yet. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

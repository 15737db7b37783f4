// “Without snapshots: export and import” in docs/recovery.md, step by step, with real processes.
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Disposables } from '@oarlock/test-support/disposables'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { expect, it } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'

const script = fileURLToPath(new URL('../../test/kv-process.ts', import.meta.url))
const ids = ['a', 'b', 'c']

interface Line {
  readonly joined?: string
  readonly warns?: string
  readonly acknowledged?: readonly Entry[]
  readonly exported?: readonly Entry[]
}

type Entry = readonly [string, string]

class KvProcess extends NodeProcess {
  readonly id: string

  constructor(options: { readonly id: string }, entries: readonly Entry[]) {
    super(script, JSON.stringify(options), JSON.stringify(entries))
    this.id = options.id
  }

  async says(wanted: (line: Line) => boolean): Promise<Line> {
    return JSON.parse(await this.line((line) => wanted(JSON.parse(line)), String(wanted)))
  }

  async warns(pattern: RegExp): Promise<void> {
    await this.says(({ warns }) => warns !== undefined && pattern.test(warns))
  }
}

/** The first that leads and has set its entries. */
const leaderOf = (members: readonly KvProcess[]) =>
  Promise.race(
    members.map(async (leader) => {
      const { acknowledged } = await leader.says(({ acknowledged }) => acknowledged !== undefined)
      return { leader, acknowledged }
    }),
  )

it('a cluster of which one member lost its disk serves on, and is founded anew with everything that was acknowledged', async () => {
  const root = mkdtempSync(joinPath(tmpdir(), 'oarlock-anew-'))
  await using stack = new Disposables()
  stack.defer(() => rmSync(root, { recursive: true }))
  const peers = Object.fromEntries(
    await Promise.all(ids.map(async (id) => [id, await freeAddress()] as const)),
  )
  const start = (id: string, options: object = {}, entries: readonly Entry[] = []): KvProcess => {
    const data = joinPath(root, id)
    return stack.use(new KvProcess({ id, peers, data, electionTimeout: 500, ...options } as never, entries))
  }
  const written: readonly Entry[] = [
    ['boat', 'eight'],
    ['oars', 'sixteen'],
  ]
  const old = ids.map((id) => start(id, {}, written))
  const { leader, acknowledged } = await leaderOf(old)
  expect(acknowledged).toEqual(written)

  // One loses its disk, and is started again, as a supervisor does.
  const lost = old.find((member) => member !== leader)!
  lost.child.kill('SIGKILL')
  await lost.ended
  rmSync(joinPath(root, lost.id), { recursive: true })
  const wiped = start(lost.id)
  await wiped.warns(new RegExp(`^${leader.id} refuses ${lost.id}: .*lost its disk`))
  await leader.warns(new RegExp(`^${leader.id} refuses ${lost.id}: .*lost its disk`))

  // Export, from the leader, which goes on without it.
  leader.child.kill('SIGUSR2')
  const { exported } = await leader.says(({ exported }) => exported !== undefined)
  expect(exported).toEqual(written)

  // Stop all, keep their directories, found anew under another name, and import.
  const rest = old.filter((member) => member !== lost)
  for (const member of [...rest, wiped]) member.child.kill('SIGTERM')
  for (const member of [...rest, wiped]) expect(await member.ended).toEqual([null, 'SIGTERM'])
  for (const id of ids) renameSync(joinPath(root, id), joinPath(root, `${id}-before`))
  const anew = ids.map((id) => start(id, { cluster: 'second' }, exported))
  const second = await leaderOf(anew)
  expect(second.acknowledged).toEqual(written)

  // An old member that still runs somewhere is refused, with its directory as it was.
  cpSync(joinPath(root, `${leader.id}-before`), joinPath(root, 'forgotten'), { recursive: true })
  const forgotten = start(leader.id, { data: joinPath(root, 'forgotten'), listen: '127.0.0.1:0' })
  const other = anew.find(({ id }) => id !== leader.id)!
  await forgotten.warns(/'oarlock'.*'second'|'second'.*'oarlock'/)
  await other.warns(new RegExp(`^${other.id} refuses ${leader.id}: .*cluster 'oarlock'`))
})

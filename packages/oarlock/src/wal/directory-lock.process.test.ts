import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { entriesFrom, persistOf } from '@oarlock/testkit/conformance'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentsOf } from '../../test/wal/log-state.ts'
import { DiskLogStore } from './disk-log-store.ts'

let folder: string
let directory: string
const children: ChildProcess[] = []
const stores: DiskLogStore[] = []

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oarlock-lock-'))
  directory = path.join(folder, 'data')
})

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
  await Promise.all(stores.splice(0).map((store) => store.close()))
  fs.rmSync(folder, { recursive: true })
})

const storeIn = (where: string): DiskLogStore => {
  const store = new DiskLogStore({ directory: where, cluster: 'c', id: 'a' })
  stores.push(store)
  return store
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  )

/** A program that opens the log, prints 'held' or the error's code, and stays until it is killed. */
const program = (where: string): string => `
  import { DiskLogStore } from ${JSON.stringify(import.meta.resolve('./index.ts'))}
  const store = new DiskLogStore({ directory: ${JSON.stringify(where)}, cluster: 'c', id: 'a' })
  await store.open().then(() => console.log('held'), (error) => console.log(error.code ?? error))
  setInterval(() => {}, 60_000)
`

function run(script: string, command: readonly string[] = []): ChildProcess {
  const [file, ...args] = [
    ...command,
    process.execPath,
    '--conditions=@oarlock/source',
    '--input-type=module',
    '-e',
    script,
  ]
  const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

async function says(child: ChildProcess, lines = 1): Promise<readonly string[]> {
  let said = ''
  for await (const chunk of child.stdout!) {
    said += chunk
    if (said.split('\n').length > lines) return said.trim().split('\n')
  }
  throw new Error(`the program ended, having said: ${said}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const sockets = (): string[] => fs.readdirSync(directory).filter((name) => name.startsWith('lock-'))

describe('a data directory in use', () => {
  it('is refused to a second store of the same process, by whatever path, and free when the first is closed', async () => {
    const first = storeIn(directory)
    await first.open()
    const link = path.join(folder, 'link')
    fs.symlinkSync(directory, link)
    for (const where of [directory, link]) {
      expect(await failure(storeIn(where).open())).toMatchObject({
        code: 'OARLOCK_DATA_LOCKED',
        message: `${where} is in use by process ${process.pid}: stop that member first, or give this one a directory of its own`,
      })
    }
    await first.close()
    expect(sockets()).toEqual([])
    await storeIn(link).open()
  })

  it('is refused to another process, and free with all its data when its holder is killed', async () => {
    const store = storeIn(directory)
    await store.open()
    await store.write([persistOf({ entries: entriesFrom(1, 1, 'before') })])
    const refused = run(program(directory))
    expect(await says(refused)).toEqual(['OARLOCK_DATA_LOCKED'])
    await store.close()

    const holder = run(program(directory))
    expect(await says(holder)).toEqual(['held'])
    expect(await failure(store.open())).toMatchObject({
      code: 'OARLOCK_DATA_LOCKED',
      message: expect.stringContaining(`in use by process ${holder.pid}:`),
    })
    await kill(holder)
    expect(contentsOf(await store.open()).entries).toEqual(['1 1 normal 6265666f7265'])
    expect(sockets()).toHaveLength(1)
  })

  it('is held by a stopped process as well', async () => {
    const holder = run(program(directory))
    await says(holder)
    holder.kill('SIGSTOP')
    expect(await failure(storeIn(directory).open())).toMatchObject({ code: 'OARLOCK_DATA_LOCKED' })
  })

  it('goes to exactly one of many processes that start at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => says(run(program(directory)))))
    expect(answers.flat().sort()).toEqual([
      'OARLOCK_DATA_LOCKED',
      'OARLOCK_DATA_LOCKED',
      'OARLOCK_DATA_LOCKED',
      'OARLOCK_DATA_LOCKED',
      'held',
    ])
  })

  it('goes to one of the workers of node:cluster, which would share a socket', async () => {
    const script = `
      import cluster from 'node:cluster'
      import fs from 'node:fs'
      const worker = ${JSON.stringify(path.join(folder, 'worker.mjs'))}
      fs.writeFileSync(worker, ${JSON.stringify(program(directory))})
      cluster.setupPrimary({ exec: worker, execArgv: ['--conditions=@oarlock/source'] })
      process.on('SIGTERM', () => cluster.disconnect(() => process.exit()))
      cluster.fork()
      cluster.fork()
    `
    const primary = run(script)
    expect([...(await says(primary, 2))].sort()).toEqual(['OARLOCK_DATA_LOCKED', 'held'])
    // The workers end with their primary's channel.
    await kill(primary)
  })

  const unshare = ['unshare', '--user', '--map-root-user', '--net']
  const namespaces =
    process.platform === 'linux' && spawnSync(unshare[0]!, [...unshare.slice(1), 'true']).status === 0
  it.skipIf(!namespaces)(
    'is refused to a process in another network namespace: another container',
    async () => {
      const store = storeIn(directory)
      await store.open()
      expect(await says(run(program(directory), unshare))).toEqual(['OARLOCK_DATA_LOCKED'])
      await store.close()
      const holder = run(program(directory), unshare)
      expect(await says(holder)).toEqual(['held'])
      expect(await failure(store.open())).toMatchObject({ code: 'OARLOCK_DATA_LOCKED' })
    },
  )
})

describe('a data directory that is not in use is free', () => {
  it('although a dead process left a socket whose pid is in use again', async () => {
    const holder = run(program(directory))
    await says(holder)
    await kill(holder)
    const [left] = sockets()
    fs.renameSync(
      path.join(directory, left!),
      path.join(directory, `lock-${process.pid}-0123456789abcdef.sock`),
    )
    await storeIn(directory).open()
  })

  it('although a copy turned the sockets into files', async () => {
    fs.mkdirSync(directory)
    fs.writeFileSync(path.join(directory, `lock-${process.pid}-0123456789abcdef.sock`), '')
    await storeIn(directory).open()
    expect(sockets()).toHaveLength(1)
  })

  it('although its path is longer than the address of a socket', async () => {
    const deep = path.join(folder, 'x'.repeat(120), 'y'.repeat(120))
    await storeIn(deep).open()
    expect(await failure(storeIn(deep).open())).toMatchObject({ code: 'OARLOCK_DATA_LOCKED' })
  })
})

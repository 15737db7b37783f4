// Everything that join() throws is an error of ours: it says what is wrong and what to do, and leaves nothing
// open behind it.
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { DiskLogStore, MemoryLogStore, MemoryNetwork, type Transport } from '../index.ts'
import { type FileSystem, nodeFileSystem } from '../wal/index.ts'
import { join } from './join.ts'

const root = mkdtempSync(joinPath(tmpdir(), 'oarlock-join-'))
afterAll(() => rmSync(root, { recursive: true }))

const inCluster = { id: 'a', peers: { a: 'a:1' }, shutdownSignals: [] }
const onMemory = () => ({ ...inCluster, transport: new MemoryNetwork().transport('a') })

describe('join, on a directory that cannot be used, throws DataAccessError', () => {
  const file = joinPath(root, 'file')
  writeFileSync(file, '')

  it.each([
    ['is a file', file],
    ['is below a file', joinPath(file, 'a')],
  ])('when it %s', async (_, data) => {
    await expect(join({ ...onMemory(), data })).rejects.toMatchObject({
      code: 'OARLOCK_DATA_ACCESS',
      outcome: 'not-a-write',
      message: `the data directory ${data} cannot be used: a part of its path is not a directory (ENOTDIR). Choose another path`,
    })
  })

  it('when a part of its path is a link that leads nowhere', async () => {
    const link = joinPath(root, 'link')
    symlinkSync(joinPath(root, 'nowhere'), link)
    await expect(join({ ...onMemory(), data: link })).rejects.toMatchObject({
      code: 'OARLOCK_DATA_ACCESS',
      message: expect.stringMatching(/it does not exist and cannot be made, .*\(ENOENT\)\. Check its path/),
    })
  })

  const failing = ['makeDirectory', 'lock', 'open', 'read', 'syncDirectory'] as const
  const errors = [
    ['EROFS', /its file system is read-only \(EROFS\)\. Mount it for writing, or choose another directory$/],
    ['ENOSPC', /its disk is full \(ENOSPC\)\. Make room, then start the member again$/],
    [
      'EACCES',
      /this process has no right to it \(EACCES\)\. Let the user of this process read and write there$/,
    ],
    ['EMFILE', /this process has too many open files \(EMFILE\)\. Raise its limit \(ulimit -n\), then/],
    ['EIO', /the operating system reports an error \(EIO\)\. Check the disk, then start the member again$/],
  ] as const

  it.each(errors.flatMap(([code, text]) => failing.map((operation) => [code, operation, text] as const)))(
    'when the system answers %s to %s',
    async (code, operation, text) => {
      const error = Object.assign(new Error(`${code}: it failed, open '/proc/self/fd/23/lock-1.tmp'`), {
        code,
      })
      const fail = (...args: unknown[]): unknown => {
        const done = args.at(-1)
        if (typeof done === 'function') return done(error)
        throw error
      }
      const directory = joinPath(root, `${code}-${operation}`)
      const made = new DiskLogStore({ directory, cluster: 'oarlock', id: 'a', preallocate: false })
      await made.open()
      await made.close()
      const fileSystem = { ...nodeFileSystem, [operation]: fail } as FileSystem
      const options = { directory, cluster: 'oarlock', id: 'a', preallocate: false }
      const logStore = new DiskLogStore({ ...options, fileSystem })
      const failure = await join({ ...onMemory(), logStore }).catch((thrown: unknown) => thrown)
      expect(failure).toMatchObject({ code: 'OARLOCK_DATA_ACCESS', cause: error })
      const { message } = failure as Error
      expect(message).toMatch(text)
      expect(message).not.toContain('/proc')
      // The lock is free again.
      const lock = await nodeFileSystem.lock(directory)
      await lock.release()
    },
  )

  it('when a log store of your own cannot be opened', async () => {
    const cause = new TypeError('no bucket')
    const logStore = new MemoryLogStore()
    logStore.open = () => Promise.reject(cause)
    await expect(join({ ...onMemory(), logStore })).rejects.toMatchObject({
      code: 'OARLOCK_DATA_ACCESS',
      message: 'the log store could not be opened: no bucket',
      cause,
    })
  })
})

describe('join that is refused leaves nothing open', () => {
  it('when the transport cannot be opened, with ListenError', async () => {
    const data = joinPath(root, 'refused')
    const cause = new Error('no network')
    const transport: Transport = { open: () => Promise.reject(cause), send() {}, close: async () => {} }
    await expect(join({ ...inCluster, data, transport })).rejects.toMatchObject({
      code: 'OARLOCK_LISTEN',
      message: 'the transport could not be opened: no network',
      cause,
    })
    expect(existsSync(joinPath(data, 'meta.json'))).toBe(true)
    await using _ = await join({ ...onMemory(), data })
  })

  it('when the log holds what the options do not allow, with InvalidOptionsError', async () => {
    const logStore = new MemoryLogStore()
    await logStore.open()
    await logStore.write([persistOf({ hardState: hardStateOf(1), entries: entriesFrom(1, 1, 'a command') })])
    await logStore.close()
    await expect(join({ ...onMemory(), logStore, purpose: 'election' })).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringMatching(
        /^the member cannot run on its log with these options: .* the first at 1$/,
      ),
    })
    await logStore.open()
    await logStore.close()
  })
})

describe('join on a directory of another cluster, throws WrongDataError', () => {
  it('when the peers are others than before, and names both lists', async () => {
    const data = joinPath(root, 'peers')
    const alone = await join({ ...onMemory(), data })
    for await (const leader of alone.observe()) if (leader !== null) break
    await alone.close()
    const three = { a: 'a:1', b: 'b:1', c: 'c:1' }
    await expect(join({ ...onMemory(), data, peers: three })).rejects.toMatchObject({
      code: 'OARLOCK_WRONG_DATA',
      message: expect.stringContaining(
        'took part with the peers a, and it was started now with the peers a, b, c',
      ),
    })
    await using _ = await join({ ...onMemory(), data })
  })
})

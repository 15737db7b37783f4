// One process at a time on a data directory. Node has no flock. A file with a pid in it outlives its process,
// and the next process with that pid would pass for its owner. So the lock is a listening socket, which the
// kernel removes with its process, after SIGKILL too. There are two of them, and each closes a gap of the
// other:
//
// * A name that the kernel grants once, made of the directory's device and inode: an abstract socket (Linux)
//   or a named pipe (Windows). It settles a race between processes. But each network namespace (container)
//   has its own names.
// * A socket file in the directory (all but Windows). Every container on the host that sees the directory can
//   connect to it. Each process makes one under a name that was never used before, and only then looks for
//   others: of two that start at once at least one sees the other. A socket that refuses the connection
//   belongs to a dead process and never revives.
//
// Two hosts that share a network file system see neither. A data directory belongs on a local disk.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { DataLockedError } from '../errors.ts'
import type { DirectoryLock } from './file-system.ts'

/** Throws {@link DataLockedError}, which names the process that holds the lock where that is known. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const release: (() => Promise<void>)[] = []
  const releaseAll = async (): Promise<void> => {
    for (let step = release.pop(); step !== undefined; step = release.pop()) await step()
  }
  try {
    const name = kernelName(directory)
    if (name !== null) release.push(await claim(name, directory))
    if (process.platform !== 'win32') release.push(await announce(directory, name !== null))
  } catch (error) {
    await releaseAll()
    throw error
  }
  return { release: releaseAll }
}

function kernelName(directory: string): string | null {
  const { dev, ino } = fs.statSync(directory, { bigint: true })
  if (process.platform === 'linux') return `\0oarlock-data-${dev}-${ino}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\oarlock-data-${dev}-${ino}`
  return null
}

async function claim(name: string, directory: string): Promise<() => Promise<void>> {
  try {
    return await listen(name)
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    throw locked(
      directory,
      process.platform === 'win32' ? [] : (await withSockets(directory, (sockets) => look(sockets))).alive,
    )
  }
}

/** Makes this process's socket in the directory, then looks for those of others. */
async function announce(directory: string, haveKernelName: boolean): Promise<() => Promise<void>> {
  const own = `lock-${process.pid}-${randomBytes(8).toString('hex')}`
  return withSockets(directory, async (sockets) => {
    let close: () => Promise<void>
    try {
      close = await listen(sockets.address(`${own}.tmp`))
    } catch (error) {
      // Some mounted file systems have no sockets. Then the kernel's name is the only lock.
      if (haveKernelName && withoutSockets.has(codeOf(error))) return async () => {}
      throw error
    }
    const release = async (): Promise<void> => {
      fs.rmSync(sockets.file(`${own}.sock`), { force: true })
      await close()
    }
    try {
      // A socket is bound first and listens later. Under its final name nobody finds it in between.
      fs.renameSync(sockets.file(`${own}.tmp`), sockets.file(`${own}.sock`))
      const { alive, dead } = await look(sockets, own)
      if (alive.length > 0) throw locked(directory, alive)
      for (const name of dead) fs.rmSync(sockets.file(name), { force: true })
    } catch (error) {
      await release()
      // Another process removed this socket, because it did not listen yet and looked dead. That process has
      // the lock.
      throw codeOf(error) === 'ENOENT' ? locked(directory, []) : error
    }
    return release
  })
}

const withoutSockets: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
])

/** The pids of the other processes whose sockets answer, and the names of the sockets that do not. */
async function look(
  sockets: Sockets,
  own?: string,
): Promise<{ readonly alive: readonly string[]; readonly dead: readonly string[] }> {
  const alive: string[] = []
  const dead: string[] = []
  for (const name of fs.readdirSync(sockets.folder)) {
    const found = /^(lock-(\d+)-[0-9a-f]+)\.(sock|tmp)$/.exec(name)
    if (found === null || found[1] === own) continue
    if (!(await answers(sockets.address(name)))) dead.push(name)
    else if (found[3] === 'sock') alive.push(found[2]!)
  }
  return { alive, dead }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Only these two mean that no process listens. A full backlog or a missing permission means that one
    // does.
    socket.on('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
  })
}

/** Listens without keeping the process alive. Resolves with a function that stops it. */
function listen(address: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy())
    server.on('error', reject)
    // Without `exclusive`, the workers of node:cluster would share the socket.
    server.listen({ path: address, exclusive: true }, () => {
      server.unref()
      resolve(() => new Promise((closed) => server.close(() => closed())))
    })
  })
}

interface Sockets {
  readonly folder: string
  file(name: string): string
  /** The socket's address, for listen and connect. */
  address(name: string): string
}

/** An address holds about 100 bytes. For longer paths, Linux can use the directory's descriptor. */
const LONGEST_ADDRESS = 103

async function withSockets<T>(directory: string, use: (sockets: Sockets) => Promise<T>): Promise<T> {
  if (fs.existsSync('/proc/self/fd')) {
    const handle = fs.openSync(directory, 'r')
    try {
      return await use(socketsIn(directory, `/proc/self/fd/${handle}`))
    } finally {
      fs.closeSync(handle)
    }
  }
  const folder = path.resolve(directory)
  if (Buffer.byteLength(folder) + 40 <= LONGEST_ADDRESS) return use(socketsIn(folder, folder))
  const { dev, ino } = fs.statSync(directory, { bigint: true })
  const elsewhere = path.join(os.tmpdir(), `oarlock-${dev}-${ino}`)
  fs.mkdirSync(elsewhere, { recursive: true })
  return use(socketsIn(elsewhere, elsewhere))
}

function socketsIn(folder: string, addresses: string): Sockets {
  return { folder, file: (name) => path.join(folder, name), address: (name) => `${addresses}/${name}` }
}

function locked(directory: string, [pid]: readonly string[]): DataLockedError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new DataLockedError(
    `${directory} is in use by ${holder}: stop that member first, or give this one a directory of its own`,
  )
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

// One process at a time on a data directory. Node has no flock, and a file with a pid in it outlives its process and
// is fooled by the next one with that pid. So the lock is a listening socket: the kernel takes it away with its process,
// SIGKILL included. There are two, each with a gap that the other closes:
//
// * A name that the kernel grants once, made of the directory's device and inode: an abstract socket (Linux) or a named
//   pipe (Windows). It settles a race. But each network namespace (container) has abstract names of its own.
// * A socket file in the directory (all but Windows), which every container on the host that sees the directory can
//   connect to. Each process makes one under a name never used before, and only then looks for others: of two that come
//   at once at least one sees the other. A socket that refuses the connection is a dead process's, and never revives.
//
// Two hosts that share a network file system see neither: a data directory belongs on a local disk.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { DataLockedError } from '../errors.ts'

export interface DirectoryLock {
  release(): Promise<void>
}

/** Throws {@link DataLockedError}, naming the process that holds it where that is known. */
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

/** Shows this process in the directory, then looks whether it is alone there. */
async function announce(directory: string, haveKernelName: boolean): Promise<() => Promise<void>> {
  const own = `lock-${process.pid}-${randomBytes(8).toString('hex')}`
  return withSockets(directory, async (sockets) => {
    let close: () => Promise<void>
    try {
      close = await listen(sockets.address(`${own}.tmp`))
    } catch (error) {
      // Some mounted file systems have no sockets. Where the kernel's name is held, that has to do.
      if (haveKernelName && withoutSockets.has(codeOf(error))) return async () => {}
      throw error
    }
    const release = async (): Promise<void> => {
      fs.rmSync(sockets.file(`${own}.sock`), { force: true })
      await close()
    }
    try {
      // Bound and listening are two steps; under its final name it is never seen between them.
      fs.renameSync(sockets.file(`${own}.tmp`), sockets.file(`${own}.sock`))
      const { alive, dead } = await look(sockets, own)
      if (alive.length > 0) throw locked(directory, alive)
      for (const name of dead) fs.rmSync(sockets.file(name), { force: true })
    } catch (error) {
      await release()
      // Not listening yet, it looked dead to a process that was already alone here.
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
    // Only these two mean that nobody is there. A full backlog or a lacking permission means that somebody is.
    socket.on('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
  })
}

/** Listens, without keeping the process alive; resolves with how to end it. */
function listen(address: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy())
    server.on('error', reject)
    // Not exclusive, the workers of node:cluster would share it.
    server.listen({ path: address, exclusive: true }, () => {
      server.unref()
      resolve(() => new Promise((closed) => server.close(() => closed())))
    })
  })
}

interface Sockets {
  readonly folder: string
  file(name: string): string
  /** Its address, for listen and connect. */
  address(name: string): string
}

/** An address has room for about 100 bytes, a path may be longer: Linux can go by the directory's descriptor. */
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

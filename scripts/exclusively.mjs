// Runs one process at a time on this machine. The system itself releases the lock when its holder dies.
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A local address nobody else uses: in the abstract namespace (Linux), a named pipe (Windows), else a socket
 * file.
 */
function address(name) {
  const id = `oarlock-${createHash('sha256').update(name).digest('hex')}`
  // At its full length (108 bytes), because older versions of Node pad a shorter one with zeros and newer
  // ones do not.
  if (process.platform === 'linux') return `\0${id.padEnd(107, '-')}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${id}`
  return join(tmpdir(), `${id.slice(0, 32)}.sock`)
}

/** Resolves with a server that holds the address, or with null if another process holds it. */
function hold(path) {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)))
    server.listen(path, () => resolve(server))
  })
}

/** Resolves when the holder is gone. False if no process held the address. */
function holderGone(path) {
  return new Promise((resolve) => {
    let connected = false
    const socket = connect(path)
    socket.once('connect', () => {
      connected = true
    })
    socket.once('error', () => {})
    socket.once('close', () => resolve(connected))
    socket.resume()
  })
}

/** Waits until no other process runs a task under this name, then runs `task`. */
export async function exclusively(name, task) {
  const path = address(name)
  for (;;) {
    const server = await hold(path)
    if (server) {
      const waiting = new Set()
      server.on('connection', (socket) => {
        socket.once('error', () => {})
        waiting.add(socket)
      })
      try {
        return await task()
      } finally {
        server.close()
        for (const socket of waiting) socket.destroy()
      }
    }
    // A socket file outlives its holder; an abstract name and a pipe do not.
    if (!(await holderGone(path)) && path.startsWith(tmpdir())) rmSync(path, { force: true })
  }
}

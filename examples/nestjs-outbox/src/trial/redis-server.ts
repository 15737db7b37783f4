// Starts a Redis for one trial, on a free port of 127.0.0.1, without persistence.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

export interface RedisServer {
  readonly port: number
  readonly child: ChildProcess
}

/** Resolves when it accepts connections. */
export async function startRedis(directory: string): Promise<RedisServer> {
  const port = await freePort()
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new Error(
          'redis-server could not be started: install it, for example the Debian package redis-server',
          { cause },
        ),
      ),
    )
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve()
    })
  })
  return { port, child }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

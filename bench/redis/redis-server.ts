// The Redis that all contenders meet at: a real one, on a free port, with nothing on disk.
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { dataFolder, freePorts, kill, register, removeFolder } from '../processes.ts'

const program = 'redis-server'

/** Null: it is not installed. */
export function redisVersion(): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? (/v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim()) : null
}

export interface RedisServer {
  readonly port: number
  stop(): Promise<void>
}

/** Resolves when it takes connections. */
export async function startRedis(): Promise<RedisServer> {
  const [port] = await freePorts(1)
  const folder = dataFolder()
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder }
  const child = register(
    spawn(
      program,
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  )
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${program} ended with ${code}:\n${said.join('\n')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line)
      if (line.includes('Ready to accept connections')) resolve()
    })
  })
  return {
    port: port!,
    async stop() {
      await kill(child)
      removeFolder(folder)
    },
  }
}

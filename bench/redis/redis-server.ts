// The Redis that all packages use: a real one, on a free port, without persistence.
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

/** Resolves when it accepts connections. */
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
  const output: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${program} ended with ${code}:\n${output.join('\n')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line)
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

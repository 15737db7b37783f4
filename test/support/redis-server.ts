// A real Redis for one test, on a free port of 127.0.0.1, without persistence. A test can kill it, start it
// again on its port, freeze it and wake it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, test } from 'vitest'

const program = 'redis-server'

const isThere = spawnSync(program, ['--version']).status === 0

/** A test that timed out has not stopped its servers. */
const running = new Set<ChildProcess>()
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}
process.once('exit', killAll)

/**
 * Describes tests that need a Redis. Without one they are skipped, unless OARLOCK_REQUIRE_ALL forbids that,
 * as in CI.
 */
export function describeWithRedis(name: string, body: () => void): void {
  if (isThere)
    describe(name, () => {
      afterAll(killAll)
      body()
    })
  else if (process.env.OARLOCK_REQUIRE_ALL === '1')
    describe(name, () => {
      test(`${program} is installed, as OARLOCK_REQUIRE_ALL=1 demands`, () => {
        throw new Error(`${program} is not on the PATH: install Debian's redis-server`)
      })
    })
  else describe.skip(`${name} (skipped: ${program} is not installed)`, body)
}

export interface RedisServerOptions {
  /** Further arguments, such as `--requirepass`, `secret`. */
  readonly args?: readonly string[]
}

export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #directory: string
  readonly #args: readonly string[]
  /** The configuration file, if the server needs one that it can write to. */
  #file: string | null = null
  #child: ChildProcess | null = null

  private constructor(port: number, directory: string, args: readonly string[]) {
    this.port = port
    this.#directory = directory
    this.#args = args
  }

  /** A server that is not started yet. Its port was free a moment ago. */
  static async stopped({ args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
    return new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'oarlock-redis-')), args)
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = await RedisServer.stopped(options)
    await server.start()
    return server
  }

  /** A Sentinel that watches `master` under the name 'mine', and decides alone. */
  static async startSentinel(master: RedisServer): Promise<RedisServer> {
    const server = await RedisServer.stopped({ args: ['--sentinel'] })
    const lines = [
      `port ${server.port}`,
      'bind 127.0.0.1',
      `sentinel monitor mine 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds mine 500',
      'sentinel failover-timeout mine 2000',
    ]
    server.#file = join(server.#directory, 'sentinel.conf')
    await writeFile(server.#file, `${lines.join('\n')}\n`)
    await server.start()
    return server
  }

  get options(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#running.pid!
  }

  /** Resolves when the server accepts connections. */
  async start(): Promise<void> {
    const settings = { port: this.port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.#directory }
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const args = this.#file === null ? [...flags, ...this.#args] : [this.#file, ...this.#args]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    running.add(child)
    child.once('close', () => running.delete(child))
    const output: string[] = []
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => reject(new Error(`${program} ended with ${code}:\n${output.join('\n')}`)))
      createInterface({ input: child.stdout! }).on('line', (line) => {
        output.push(line)
        if (/Ready to accept connections|\+monitor master/.test(line)) resolve()
      })
    })
  }

  /** Kills the server as a crash would. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#running
    this.#child = null
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'close')
    child.kill('SIGKILL')
    await gone
  }

  /** The kernel still accepts connections, but the server does not answer. */
  freeze(): void {
    this.#running.kill('SIGSTOP')
  }

  wake(): void {
    this.#running.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== null) await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }

  get #running(): ChildProcess {
    if (this.#child === null) throw new Error('the server is not running')
    return this.#child
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

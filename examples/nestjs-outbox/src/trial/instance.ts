// One instance of the application: a process that can be killed, frozen, woken and closed.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Message } from '../evidence.ts'
import type { RedisProxy } from './redis-proxy.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const decorators = new URL('../../../../scripts/decorators.mjs', import.meta.url).href

export interface InstanceInit {
  readonly name: string
  readonly proxy: RedisProxy
  /** The file descriptor for its output. */
  readonly log: number
  /** More environment variables. */
  readonly env: Readonly<Record<string, string>>
  onLeads(instance: Instance, fence: number): void
  /** Called when it ends without being killed or closed. */
  onDeath(what: string): void
}

export class Instance {
  readonly name: string
  readonly proxy: RedisProxy
  readonly #init: InstanceInit
  #child: ChildProcess | null = null

  constructor(init: InstanceInit) {
    this.name = init.name
    this.proxy = init.proxy
    this.#init = init
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    const { name, proxy, log, env, onLeads, onDeath } = this.#init
    const child = fork(main, {
      execArgv: ['--conditions=@oarlock/source', '--import', decorators],
      env: { ...process.env, ...env, NO_COLOR: '1', INSTANCE: name, REDIS_URL: proxy.url },
      stdio: ['ignore', log, log, 'ipc'],
    })
    this.#child = child
    child.on('message', ({ leads }: Message) => onLeads(this, leads))
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return
      this.#child = null
      onDeath(`${name} ended with ${signal ?? code}`)
    })
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  wake(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Like a crash. Resolves when the process has ended. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Like an orchestrator, with SIGTERM. Resolves with the signal or code of its end. */
  close(): Promise<string> {
    return this.#end('SIGTERM')
  }

  async #end(how: NodeJS.Signals): Promise<string> {
    const child = this.#child
    this.#child = null
    if (child === null) return 'not running'
    const ended = once(child, 'exit')
    child.kill(how)
    const [code, signal] = await ended
    return String(signal ?? code)
  }
}

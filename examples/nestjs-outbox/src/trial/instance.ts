// One instance of the application, as a process that can be killed, frozen, woken and closed.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Message } from '../evidence.ts'
import type { Line } from './line.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const decorators = new URL('../../../../scripts/decorators.mjs', import.meta.url).href

export interface InstanceInit {
  readonly name: string
  readonly line: Line
  /** Where what it says goes. */
  readonly log: number
  /** What else it finds in its environment. */
  readonly env: Readonly<Record<string, string>>
  onLeads(instance: Instance, fence: number): void
  /** It ended, and nobody had asked it to. */
  onDeath(what: string): void
}

export class Instance {
  readonly name: string
  readonly line: Line
  readonly #init: InstanceInit
  #child: ChildProcess | null = null

  constructor(init: InstanceInit) {
    this.name = init.name
    this.line = init.line
    this.#init = init
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    const { name, line, log, env, onLeads, onDeath } = this.#init
    const child = fork(main, {
      execArgv: ['--conditions=@oarlock/source', '--import', decorators],
      env: { ...process.env, ...env, NO_COLOR: '1', INSTANCE: name, REDIS_URL: line.url },
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

  /** As a crash does. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** As an orchestrator does. Resolves with how it ended. */
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

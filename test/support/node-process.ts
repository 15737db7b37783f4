// A Node process that a test starts. When it ends, tests that wait for more output fail at once, with its
// standard error, so that no test hangs on a dead process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How long to wait for a line, in ms. No line takes nearly as long, even on a busy machine. */
const patience = 30_000

export type Ending = [code: number | null, signal: NodeJS.Signals | null]

export class NodeProcess implements AsyncDisposable {
  readonly child: ChildProcess
  /** Resolves when the process is gone and all of its output has been read. */
  readonly ended: Promise<Ending>
  /** Each line of its standard output. */
  readonly lines: string[] = []
  readonly #listening = new Set<() => void>()
  #ending: Ending | null = null
  #complaints = ''

  /** `args` are those of `node`. Packages of the workspace resolve to their sources. */
  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ['--conditions=@oarlock/source', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line)
      this.#tell()
    })
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.#complaints += chunk
      process.stderr.write(chunk)
    })
    this.ended = (once(this.child, 'close') as Promise<Ending>).then((ending) => {
      this.#ending = ending
      this.#tell()
      return ending
    })
  }

  /** A process that runs the text of a module. */
  static of(program: string): NodeProcess {
    return new NodeProcess('--input-type=module', '--eval', program)
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /**
   * The first line that is `wanted`, past or future. Rejects if the process ends without one; the error names
   * `what`.
   */
  line(wanted: (line: string) => boolean, what = String(wanted)): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(`did not print ${what} within ${patience} ms`), patience)
      const conclude = (): void => {
        clearTimeout(timer)
        this.#listening.delete(listen)
      }
      const fail = (how: string): void => {
        conclude()
        const last = this.lines.slice(-20).join('\n')
        reject(new Error(`process ${this.child.pid} ${how}.\nIts last output: ${last}\n${this.#complaints}`))
      }
      const listen = (): void => {
        const line = this.lines.find(wanted)
        if (line !== undefined) {
          conclude()
          resolve(line)
        } else if (this.#ending !== null) {
          const [code, signal] = this.#ending
          fail(`ended with ${signal ?? code} before it printed ${what}`)
        }
      }
      this.#listening.add(listen)
      listen()
    })
  }

  /** Kills the process if it still runs. Resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.child.kill('SIGKILL')
    await this.ended
  }

  #tell(): void {
    for (const listen of [...this.#listening]) listen()
  }
}

// A Node process that a test starts. Its end is kept, for who asks when it is over; who waits for more of what it says
// is told of the end at once, with what it wrote to standard error, so that no test hangs on a process that is dead.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** After this long what is awaited will not come. Far above what anything takes, also on a busy machine. */
const patience = 30_000

export type Ending = [code: number | null, signal: NodeJS.Signals | null]

export class NodeProcess implements AsyncDisposable {
  readonly child: ChildProcess
  /** Resolves when it is gone and all that it said was heard. */
  readonly ended: Promise<Ending>
  /** Each line of its standard output. */
  readonly lines: string[] = []
  readonly #listening = new Set<() => void>()
  #ending: Ending | null = null
  #complaints = ''

  /** With these arguments to `node`; the sources of the workspace are at hand. */
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

  /** One that runs this module text. */
  static of(program: string): NodeProcess {
    return new NodeProcess('--input-type=module', '--eval', program)
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** The first line that is as wanted, of those already said too. Rejects when it ends without, naming `what` was wanted. */
  line(wanted: (line: string) => boolean, what = String(wanted)): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(`said nothing like ${what} for long`), patience)
      const settle = (): void => {
        clearTimeout(timer)
        this.#listening.delete(listen)
      }
      const fail = (how: string): void => {
        settle()
        const said = this.lines.slice(-20).join('\n')
        reject(new Error(`process ${this.child.pid} ${how}.\nSaid last: ${said}\n${this.#complaints}`))
      }
      const listen = (): void => {
        const line = this.lines.find(wanted)
        if (line !== undefined) {
          settle()
          resolve(line)
        } else if (this.#ending !== null) {
          const [code, signal] = this.#ending
          fail(`ended with ${signal ?? code} before it said anything like ${what}`)
        }
      }
      this.#listening.add(listen)
      listen()
    })
  }

  /** Kills it, if it still runs; resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.child.kill('SIGKILL')
    await this.ended
  }

  #tell(): void {
    for (const listen of [...this.#listening]) listen()
  }
}

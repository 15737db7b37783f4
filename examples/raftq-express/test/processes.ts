// The example's processes, started as a user starts them. observer.ts reports their state.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Observation, Report, Write } from './observer.ts'

const server = fileURLToPath(new URL('../src/server.ts', import.meta.url))
const observer = new URL('observer.ts', import.meta.url).href

/** The ports on which the example listens. */
export const ports: readonly string[] = ['5050', '5051', '5052', '5053']
/** The directory in which the example persists. */
export const directory = '/tmp/raftq'

export async function expectFreePorts(): Promise<void> {
  for (const port of ports) {
    const probe = createServer().listen(Number(port))
    await once(probe, 'listening').catch((cause: unknown) => {
      throw new Error(`the example needs the ports ${ports.join(', ')}: ${cause}`)
    })
    probe.close()
    await once(probe, 'close')
  }
}

interface Listener {
  line(line: string): void
  bootstrapped(server: Server): void
  changed(): void
}

export class Server {
  /** The last report, or null before the start. */
  seen: Observation | null = null
  /** The members in its last log line about them. */
  members = ''
  /** The test ends this process. */
  ending = false
  readonly #child: ChildProcess
  readonly #writes: Map<number, { resolve: () => void; reject: (cause: Error) => void }> = new Map()
  #written = 0

  constructor(listener: Listener) {
    this.#child = fork(server, [], {
      execArgv: ['--conditions=@oarlock/source', '--import', observer],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        listener.line(`${this.id} ${line}`)
        this.members = /members: (.*)$/.exec(line)?.[1] ?? this.members
        if (line.includes('so it bootstraps one')) listener.bootstrapped(this)
        listener.changed()
      })
    this.#child.on('message', (report: Report) => {
      if ('number' in report) this.#writeEnded(report.number, report.error)
      else this.seen = report
      listener.changed()
    })
    this.#child.on('exit', () => {
      for (const number of this.#writes.keys()) this.#writeEnded(number, 'the process has ended')
      listener.changed()
    })
  }

  /** The port of the process. */
  get id(): string {
    return this.seen?.id ?? '?'
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get leads(): boolean {
    return this.running && this.seen?.role === 3
  }

  get data(): unknown {
    return this.seen?.data
  }

  #writeEnded(number: number, error: string | null): void {
    const { resolve, reject } = this.#writes.get(number)!
    this.#writes.delete(number)
    if (error === null) resolve()
    else reject(new Error(error))
  }

  /** Uses the example's HTTP route, like curl in its README. */
  async post(event: 'replicateData' | 'ackNode', value: unknown): Promise<void> {
    const { ok, status } = await fetch(`http://localhost:${this.id}/raft/action/${event}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    })
    if (!ok) throw new Error(`${event} to ${this.id}: status ${status}`)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Resolves when the value is committed. */
  replicate(value: unknown): Promise<void> {
    const number = this.#written++
    return new Promise((resolve, reject) => {
      this.#writes.set(number, { resolve, reject })
      this.#child.send({ number, value } satisfies Write)
    })
  }

  /** Resolves when the process has ended. */
  async end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    this.ending = true
    if (!this.running) return
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
  }
}

export class Processes {
  readonly all: Server[] = []
  readonly #lines: string[] = []
  #waiting: (() => void)[] = []

  start(): Server {
    const started = new Server({
      line: (line) => this.#lines.push(line),
      bootstrapped: (server) => this.#announce(server),
      changed: () => {
        for (const look of this.#waiting.splice(0)) look()
      },
    })
    this.all.push(started)
    return started
  }

  /**
   * The example waits 100 ms for answers to its first messages. On a busy machine these may never leave, and
   * then the new process and the others do not know each other. As the README of the example says, this
   * announces it to one of them.
   */
  #announce(started: Server): void {
    const other = this.running.find((each) => each !== started && each.members !== '')
    other?.post('ackNode', { id: started.id, time: Date.now() }).catch((cause: unknown) => {
      this.#lines.push(`${started.id} could not be announced: ${cause}`)
    })
  }

  get running(): Server[] {
    return this.all.filter((each) => each.running)
  }

  get leaders(): Server[] {
    return this.all.filter((each) => each.leads)
  }

  get followers(): Server[] {
    return this.running.filter((each) => !each.leads)
  }

  /** All running processes are members, each of them logs so, and they follow one leader. */
  get united(): boolean {
    const { running, leaders } = this
    const members = running
      .map(({ id }) => id)
      .sort()
      .join(', ')
    return (
      leaders.length === 1 &&
      running.every((each) => each.members === members && each.seen?.leader === leaders[0]!.id)
    )
  }

  allHold(value: unknown): boolean {
    return this.running.every(({ data }) => JSON.stringify(data) === JSON.stringify(value))
  }

  /** The leader, once all are {@link united}. */
  async leader(): Promise<Server> {
    await this.until('all are members and follow one leader', () => this.united)
    return this.leaders[0]!
  }

  /** Resolves once the condition holds. Rejects with all logs if a process ends by itself, or after 20 s. */
  until(what: string, holds: () => boolean): Promise<void> {
    const wrong = (why: string): Error => {
      const states = this.all.map(
        ({ running, members, seen }) =>
          `${running ? 'runs' : 'gone'} ${JSON.stringify(seen)}, members ${members}`,
      )
      return new Error([`${why}, while waiting until ${what}`, ...this.#lines, ...states].join('\n'))
    }
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(wrong('20 s have passed')), 20_000)
      const look = (): void => {
        const lost = this.all.find(({ running, ending }) => !running && !ending)
        if (lost === undefined && !holds()) {
          this.#waiting.push(look)
          return
        }
        clearTimeout(late)
        if (lost === undefined) resolve()
        else reject(wrong(`the process ${lost.id} has ended by itself`))
      }
      look()
    })
  }

  async kill(): Promise<void> {
    await Promise.all(this.all.map((each) => each.end('SIGKILL')))
  }
}

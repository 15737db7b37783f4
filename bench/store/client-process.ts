// A process with a client of `connect`, which a benchmark starts and directs.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { kill, register } from '../processes.ts'
import type { Order, Report } from '../protocol.ts'

type Of<Type extends Report['type']> = Extract<Report, { type: Type }>

export class ClientProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when a member serves it. `profile`: where to write a CPU profile, or null. */
  static async start(endpoints: readonly string[], profile: string | null = null): Promise<ClientProcess> {
    const profiling = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const program = join(import.meta.dirname, 'client.ts')
    const execArgv = ['--conditions=@oarlock/source', ...profiling]
    const client = new ClientProcess(register(fork(program, [JSON.stringify(endpoints)], { execArgv })))
    await client.#next('joined')
    return client
  }

  /** Sends the order. Resolves with the report on it. */
  ask<Type extends Report['type']>(order: Order, type: Type): Promise<Of<Type>> {
    const report = this.#next(type)
    this.#child.send(order)
    return report
  }

  async #next<Type extends Report['type']>(type: Type): Promise<Of<Type>> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a client ended with exit code ${code}`)
    })
    ended.catch(() => {}) // it may end after its report
    const [report] = (await Promise.race([once(this.#child, 'message'), ended])) as [Report]
    if (report.type === type) return report as Of<Type>
    throw new Error(`a client reported ${JSON.stringify(report)}`)
  }

  kill(): Promise<void> {
    return kill(this.#child)
  }

  /** Lets it end by itself, so that it writes its CPU profile. */
  async close(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.send({ type: 'close' } satisfies Order)
    await gone
  }
}

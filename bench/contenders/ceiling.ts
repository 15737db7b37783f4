// The ceiling: three processes that replicate and fdatasync, without terms, recovery or a state machine, and
// without being correct. The distance between it and Oarlock is the price of correctness.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { dataFolder, freePorts, kill, register, removeFolder } from '../processes.ts'
import { sharedPerf } from '../shared.ts'
import type { Contender } from './contender.ts'

const log = 'async+reuse'

/** Null if the program is not installed. */
export function ceiling(): Contender | null {
  const program = sharedPerf('spike', 'spike.cjs')
  if (program === null) return null
  const start = (...args: string[]): ChildProcess => register(fork(program, args, { execArgv: [] }))
  return {
    name: 'ceiling',
    start: async () => {},
    async run(concurrency, seconds) {
      const folder = dataFolder()
      const ports = await freePorts(2)
      const children: ChildProcess[] = []
      try {
        for (const [at, port] of ports.entries()) {
          const follower = start('follower', String(port), join(folder, `follower-${at}`), log)
          children.push(follower)
          await once(follower, 'message') // sent once it listens
        }
        const options = {
          ports,
          dir: join(folder, 'leader'),
          wal: log,
          depth: 4,
          cap: 4096,
          conc: [concurrency],
          secs: seconds,
          api: 'promise',
        }
        const leader = start('leader', JSON.stringify(options))
        children.push(leader)
        const ended = once(leader, 'exit').then(([code]) => {
          throw new Error(`the ceiling's leader ended with exit code ${code}`)
        })
        const [[result]] = (await Promise.race([once(leader, 'message'), ended])) as [
          [{ tput: number; p50: number; p99: number }],
        ]
        ended.catch(() => {}) // after its result the leader ends, and that is no failure
        return { throughput: result.tput, p50: result.p50, p99: result.p99 }
      } finally {
        await Promise.all(children.map(kill))
        removeFolder(folder)
      }
    },
    stop: async () => {},
  }
}

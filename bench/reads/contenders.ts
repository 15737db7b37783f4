// What the benchmark of reads compares with etcd.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Cluster } from '../cluster.ts'
import type { Contender } from '../contenders/contender.ts'
import { kill, register } from '../processes.ts'
import type { Order, Report } from '../protocol.ts'

const consistencies = ['linearizable', 'lease', 'local'] as const

/** Readers in the process of the leader and of a follower. A local read is the same on every member. */
export function onMembers(profile: string | null): readonly Contender[] {
  let cluster: Promise<Cluster> | null = null
  let stopped: Promise<void> | null = null
  const start = () => {
    cluster ??= Cluster.start({ electionTimeout: 500, heartbeatInterval: 100, profile })
    return cluster
  }
  return (['leader', 'follower'] as const).flatMap((where) =>
    consistencies
      .filter((consistency) => where === 'leader' || consistency !== 'local')
      .map((consistency) => ({
        name: `${where}, ${consistency}`,
        start: async () => void (await start()),
        run: async (concurrency, seconds) =>
          (await start()).read(where, { consistency, concurrency, seconds }),
        stop: async () => {
          stopped ??= start().then((started) => started.stop())
          await stopped
        },
      })),
  )
}

/** Three members and the readers in one process, with a network and logs in memory. */
export function inOneProcess(): readonly Contender[] {
  let child: ChildProcess | null = null
  return consistencies.map((consistency) => ({
    name: `one process, ${consistency}`,
    async start() {
      if (child !== null) return
      child = register(
        fork(join(import.meta.dirname, 'one-process.ts'), {
          execArgv: ['--conditions=@oarlock/source'],
        }),
      )
      await once(child, 'message')
    },
    async run(concurrency, seconds) {
      const reported = once(child!, 'message') as Promise<[Report]>
      child!.send({ type: 'read', consistency, concurrency, seconds } satisfies Order)
      const [report] = await reported
      if (report.type === 'loaded') return report.result
      throw new Error(`the members in one process: ${JSON.stringify(report)}`)
    },
    async stop() {
      if (child !== null) await kill(child)
    },
  }))
}

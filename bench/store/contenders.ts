// What the benchmark of the store compares: loads in the process of a member, over `connect`, and on etcd.
import { join } from 'node:path'
import { Cluster } from '../cluster.ts'
import type { Contender } from '../contenders/contender.ts'
import { ClientProcess } from './client-process.ts'
import { etcdLoad, etcdWithGenerator } from './etcd-generator.ts'
import type { StoreOperation } from './protocol.ts'
import { warmUp } from './warm-up.ts'

export const storeMember = join(import.meta.dirname, 'member.ts')

/** In the process of the leader, of a follower, and of a client of the leader. All three use one cluster. */
export function onOarlock(operation: StoreOperation, profile: string | null): readonly Contender[] {
  let cluster: Promise<Cluster> | null = null
  let client: Promise<ClientProcess> | null = null
  let stopped: Promise<unknown> | null = null
  const start = () => {
    cluster ??= Cluster.start({
      electionTimeout: 500,
      heartbeatInterval: 100,
      profile,
      program: storeMember,
    })
    return cluster
  }
  const connected = () => {
    client ??= start().then((started) => ClientProcess.start([started.address(started.leader.id)], profile))
    return client
  }
  const stop = async () => {
    if (client !== null) await (profile === null ? (await client).kill() : (await client).close())
    await (await cluster)?.stop()
  }
  const contender = (name: string, started: () => Promise<unknown>, run: Contender['run']): Contender => ({
    name,
    start: async () => void (await started()),
    run,
    stop: async () => {
      stopped ??= stop()
      await stopped
    },
  })
  const load = (concurrency: number, seconds: number) =>
    ({ type: 'storeLoad', operation, concurrency, seconds }) as const
  const inMember = (where: 'leader' | 'follower') =>
    contender(where, start, async (concurrency, seconds) => {
      const members = await start()
      const order = load(concurrency, seconds)
      return (await members.ask(members.memberThatIs(where), order, 'loaded', seconds * 1000 + 60_000)).result
    })
  const overConnect = contender('connect', connected, async (concurrency, seconds) => {
    const { result } = await (await connected()).ask(load(concurrency, seconds), 'loaded')
    return result
  })
  return [inMember('leader'), inMember('follower'), overConnect]
}

/** Null if it cannot be measured here. */
export function onEtcd(operation: StoreOperation): Contender | null {
  const servers = etcdWithGenerator()
  if (servers === null) return null
  return {
    name: 'etcd',
    start: () => servers.start(),
    run: (concurrency, seconds) => etcdLoad(servers, operation, concurrency, seconds, warmUp),
    stop: () => servers.stop(),
  }
}

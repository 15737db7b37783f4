// Applications with real elections: they are members of one cluster, over an in-memory network.
import { Injectable } from '@nestjs/common'
import { Test, type TestingModule } from '@nestjs/testing'
import { aborted } from '@oarlock/test-support/event'
import { type Coordinator, join, type Leadership, MemoryLogStore, MemoryNetwork } from 'oarlock'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  getLeaderElectionToken,
  LeaderElectionService,
  LeaderOnly,
  OarlockModule,
  OnElected,
} from './index.ts'

@Injectable()
class Job {
  readonly fences: number[] = []

  @OnElected()
  async follow({ fence, signal }: Leadership): Promise<void> {
    this.fences.push(fence)
    await aborted(signal)
  }

  @LeaderOnly()
  run(): string {
    return 'ran'
  }
}

@Injectable()
class Billing {
  readonly fences: number[] = []

  @OnElected('billing')
  async follow({ fence, signal }: Leadership): Promise<void> {
    this.fences.push(fence)
    await aborted(signal)
  }

  @LeaderOnly('billing')
  run(): string {
    return 'ran'
  }
}

class Cluster implements AsyncDisposable {
  readonly network: MemoryNetwork = new MemoryNetwork()
  readonly apps = new Map<string, TestingModule>()
  kv: Coordinator['kv'] | null = null

  async start(...ids: string[]): Promise<void> {
    const peers = Object.fromEntries(ids.map((id) => [id, `${id}:1`]))
    for (const id of ids) {
      const election = await join<never, never>({
        id,
        peers,
        electionTimeout: 250,
        logStore: new MemoryLogStore(),
        transport: this.network.transport(id),
        shutdownSignals: [],
      })
      this.kv = election.kv
      const nest = Test.createTestingModule({
        imports: [OarlockModule.forRoot({ election }), OarlockModule.forFeature('billing')],
        providers: [Job, Billing],
      })
      this.apps.set(id, await (await nest.compile()).init())
    }
  }

  services(): LeaderElectionService[] {
    return [...this.apps.values()].map((app) => app.get(LeaderElectionService))
  }

  async leader(): Promise<LeaderElectionService> {
    const abandoned = new AbortController()
    await Promise.any(this.services().map((service) => service.waitForLeadership(abandoned.signal)))
    abandoned.abort()
    return this.services().find(({ held }) => held)!
  }

  /** Resolves when so many instances stand in the election 'billing'. */
  async queued(count: number): Promise<void> {
    const prefix = 'oarlock/elections/billing/'
    const changes = this.kv!.watch({ prefix })
    await changes.started
    while ((await this.kv!.range({ prefix }, { countOnly: true })).count < count) await changes.next()
    await changes.return?.()
  }

  async close(id: string): Promise<void> {
    const app = this.apps.get(id)!
    this.apps.delete(id)
    await app.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.apps.keys()].map((id) => this.close(id)))
  }
}

describe('an election by another name, on the cluster of forRoot', () => {
  const billingOf = (app: TestingModule): LeaderElectionService => app.get(getLeaderElectionToken('billing'))

  it('has a leader of its own, and hands over on its own', async () => {
    await using cluster = new Cluster()
    await cluster.start('a', 'b', 'c')
    const services = [...cluster.apps.values()].map(billingOf)
    const leaderOf = async (): Promise<LeaderElectionService> => {
      const abandoned = new AbortController()
      await Promise.any(services.map((service) => service.waitForLeadership(abandoned.signal)))
      abandoned.abort()
      return services.find(({ held }) => held)!
    }
    const first = await leaderOf()
    for (const { leader$ } of services)
      expect(await firstValueFrom(leader$.pipe(filter((info) => info !== null)))).toMatchObject({
        id: first.id,
      })
    const ran = [...cluster.apps].filter(([, app]) => app.get(Billing).run() === 'ran').map(([id]) => id)
    expect(ran).toEqual([first.id])
    const { fence } = first.leadership!
    await cluster.queued(3)
    const to = await first.resign()
    expect([to === first.id, first.held]).toEqual([false, false])
    const next = await leaderOf()
    expect(next.id).toBe(to)
    expect(next.leadership?.fence).toBeGreaterThan(fence)
    await cluster.close(next.id)
    const last = await leaderOf()
    expect(last.leadership?.fence).toBeGreaterThan(next.leadership?.fence ?? fence)
    expect(cluster.apps.get(last.id)!.get(Billing).fences.at(-1)).toBe(last.leadership!.fence)
  })
})

describe('three applications of one cluster', () => {
  it('have one leader, which the others know, and only the leader does the job', async () => {
    await using cluster = new Cluster()
    await cluster.start('a', 'b', 'c')
    const leader = await cluster.leader()
    for (const { leader$ } of cluster.services())
      expect(await firstValueFrom(leader$.pipe(filter((info) => info !== null)))).toEqual({
        id: leader.id,
        fence: leader.leadership?.fence,
      })
    const ran = [...cluster.apps].filter(([, app]) => app.get(Job).run() === 'ran').map(([id]) => id)
    expect(ran).toEqual([leader.id])
  })

  it('hand leadership over when the leader shuts down', async () => {
    await using cluster = new Cluster()
    await cluster.start('a', 'b', 'c')
    const first = await cluster.leader()
    const { fence } = first.leadership!
    const job = cluster.apps.get(first.id)!.get(Job)
    await cluster.close(first.id)
    const next = await cluster.leader()
    expect(next.leadership?.fence).toBe(fence + 1)
    expect(job.fences).toEqual([fence])
    expect(job.run()).toBeUndefined()
    expect(first.held).toBe(false)
  })

  it('hand leadership over when the leader resigns', async () => {
    await using cluster = new Cluster()
    await cluster.start('a', 'b', 'c')
    const first = await cluster.leader()
    const to = ['a', 'b', 'c'].find((id) => id !== first.id)!
    expect(await first.resign({ to })).toBe(to)
    expect(first.held).toBe(false)
    expect((await cluster.leader()).id).toBe(to)
  })

  it('lose a leader that is cut off: its leadership ends by itself', async () => {
    await using cluster = new Cluster()
    await cluster.start('a', 'b', 'c')
    const first = await cluster.leader()
    const { signal } = first.leadership!
    for (const id of ['a', 'b', 'c']) if (id !== first.id) cluster.network.cut(first.id, id)
    await aborted(signal)
    expect(first.held).toBe(false)
    const app = cluster.apps.get(first.id)!
    expect(app.get(Job).run()).toBeUndefined()
    cluster.network.heal()
  })
})

it('a module starts a member over TCP, and closes it', async () => {
  const tcp = {
    id: 'a',
    peers: { a: '127.0.0.1:1' },
    listen: '127.0.0.1:0',
    electionTimeout: 50,
    logStore: new MemoryLogStore(),
  }
  const nest = await Test.createTestingModule({ imports: [OarlockModule.forRoot({ tcp })] }).compile()
  await nest.init()
  const service = nest.get(LeaderElectionService)
  const leadership = await service.waitForLeadership()
  expect(service.id).toBe('a')
  await nest.close()
  expect(leadership.held).toBe(false)
  await service.election.closed
})

it('elections on a coordinator are those by their names there, and it stays open', async () => {
  await using member = await join<never, never>({
    id: 'a',
    peers: { a: 'a:1' },
    electionTimeout: 50,
    logStore: new MemoryLogStore(),
    transport: new MemoryNetwork().transport('a'),
    shutdownSignals: [],
  })
  const root = OarlockModule.forRoot({ coordinator: member, name: 'billing', ttl: 1000 })
  const nest = await Test.createTestingModule({ imports: [root], providers: [Billing] }).compile()
  await nest.init()
  const { fence } = await (
    nest.get(getLeaderElectionToken('billing')) as LeaderElectionService
  ).waitForLeadership()
  expect(member.election('billing', { ttl: 1000 }).leadership?.fence).toBe(fence)
  await nest.close()
  expect(member.status().state).toBe('running')
  expect(await member.election('billing').lead(async (leadership) => leadership.fence)).toBeGreaterThan(fence)
})

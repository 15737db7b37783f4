// Elections over a real Redis, which is killed, frozen and flushed.
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { expect, it } from 'vitest'
import { connect } from '../src/connection/index.ts'
import type { RedisElection, RedisElectionOptions } from '../src/index.ts'
import { redisElection } from '../src/index.ts'

class Service implements AsyncDisposable {
  readonly server: RedisServer
  readonly elections = new Set<RedisElection>()
  readonly nonMembers: RedisElection[] = []
  #overlap: string | null = null
  #watch: NodeJS.Timeout

  constructor(server: RedisServer) {
    this.server = server
    this.#watch = setInterval(() => {
      if (this.holders.length > 1) this.#overlap = this.holders.map(({ id }) => id).join(' and ')
    }, 1)
  }

  get holders(): readonly RedisElection[] {
    return [...this.elections].filter(({ leadership }) => leadership?.held)
  }

  start(options: Partial<RedisElectionOptions> = {}): RedisElection {
    const election = redisElection({
      redis: this.server.url,
      prefix: 'test',
      name: `i${this.elections.size + 1}`,
      shutdownSignals: [],
      ...options,
    })
    this.elections.add(election)
    return election
  }

  async close(election: RedisElection): Promise<void> {
    await election.close()
    this.elections.delete(election)
  }

  /** Resolves with the instance that leads now, or next. */
  async leader(): Promise<RedisElection> {
    const enough = new AbortController()
    const leading = [...this.elections].map((election) =>
      election
        .lead(async () => election, { signal: enough.signal })
        .then((it) => it ?? Promise.reject(new Error('closed'))),
    )
    try {
      return await Promise.any(leading)
    } finally {
      enough.abort()
      await Promise.allSettled(leading)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watch)
    await Promise.all([...this.elections].map((election) => election.close()))
    await this.server[Symbol.asyncDispose]()
    expect(this.#overlap).toBeNull()
  }
}

const knows = async (election: RedisElection, id: string): Promise<void> => {
  for await (const leader of election.observe()) if (leader?.id === id) return
}

const hasVoters = async (election: RedisElection, count: number): Promise<void> => {
  while (election.inspect()?.configuration.voters.length !== count)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

const losesLeadership = async (election: RedisElection): Promise<void> => {
  const signal = election.leadership?.signal
  if (signal === undefined || signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

describeWithRedis('an election over Redis', () => {
  const three = async (options: Partial<RedisElectionOptions> = {}) => {
    const service = new Service(await RedisServer.start())
    for (let n = 0; n < 3; n++) service.start(options)
    const leader = await service.leader()
    await Promise.all([...service.elections].map((election) => knows(election, leader.id)))
    await hasVoters(leader, 3)
    return { service, leader }
  }

  it('has one leader, which all instances know', async () => {
    const { service, leader } = await three()
    await using _ = service
    expect(service.holders).toEqual([leader])
    for (const { members } of service.elections) expect(members).toHaveLength(3)
  })

  it('transfers leadership when the leader closes', async () => {
    const { service, leader } = await three()
    await using _ = service
    const { fence } = leader.leadership!
    const [closed, next] = await Promise.all([
      service.close(leader),
      (async () => {
        for await (const now of [...service.elections].find((election) => election !== leader)!.observe())
          if (now !== null && now.id !== leader.id) return now
        throw new Error('the observation ended')
      })(),
    ])
    expect(closed).toBeUndefined()
    expect(next.fence).toBeGreaterThan(fence)
    expect(leader.leader).toBeNull()
  })

  it('has a leader again after Redis was killed and restarted', async () => {
    const { service, leader } = await three()
    await using _ = service
    await service.server.kill()
    await losesLeadership(leader)
    expect(service.holders).toEqual([])
    await service.server.start()
    await service.leader()
  })

  it('has a leader again after Redis hung', async () => {
    const { service, leader } = await three()
    await using _ = service
    service.server.freeze()
    await losesLeadership(leader)
    expect(service.holders).toEqual([])
    service.server.wake()
    await service.leader()
  })

  it('begins a new generation with greater fences after Redis was flushed', async () => {
    const { service, leader } = await three()
    await using _ = service
    const { fence } = leader.leadership!
    const generation = leader.generation!
    const connection = connect(service.server.url, { prefix: 'flush' })
    await connection.subscribe('up', () => {})
    const lost = losesLeadership(leader)
    await connection.command(['FLUSHALL'])
    await connection.close()
    await lost
    const next = await service.leader()
    expect(next.generation).toBeGreaterThan(generation)
    expect(next.leadership!.fence).toBeGreaterThan(fence)
    await hasVoters(next, 3)
  })

  it('starts without Redis, and connects later', async () => {
    await using service = new Service(await RedisServer.stopped())
    const first = service.start()
    expect(first.leader).toBeNull()
    expect(first.connected).toBe(false)
    await service.server.start()
    expect(await service.leader()).toBe(first)
  })

  it('works with a secret, and refuses instances without it', async () => {
    const { service, leader } = await three({ secret: 'open sesame' })
    await using _ = service
    const refused: string[] = []
    const bothRefused = new Promise<void>((resolve) => {
      const logger = {
        debug() {},
        info() {},
        error() {},
        warn(_fields: object, message: string) {
          if (/^the record/.test(message)) refused.push(message)
          if (refused.length === 2) resolve()
        },
      }
      service.nonMembers.push(service.start({ secret: 'something else', logger }), service.start({ logger }))
    })
    await bothRefused
    expect(refused).toEqual([
      expect.stringContaining('is signed with another secret'),
      expect.stringContaining('is signed with a secret, and this instance has none'),
    ])
    const [wrong, none] = service.nonMembers
    expect([wrong!.generation, none!.generation]).toEqual([null, null])
    expect(leader.members).toHaveLength(3)
  })
})

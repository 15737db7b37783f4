// Checks the time that healing may take, with a fake cluster whose times the tests set.
import { index, type NodeId, staticVoters, term } from '@oarlock/core'
import { describe, expect, test } from 'vitest'
import { payloadOf } from '../machine/index.ts'
import { CommittedLog } from '../model/index.ts'
import { Call, Violation, World } from '../world/index.ts'
import { heal } from './heal.ts'
import type { Simulation } from './simulation.ts'

/** One election timeout, in ms. */
const T = 100
/** How long the faults last, in election timeouts. */
const FAULTS = 7

/** When each goal is reached, in election timeouts after the faults stopped. Default: from the beginning. */
interface Times {
  readonly leader?: number
  /** Members follow the leader. */
  readonly followers?: number
  readonly lease?: number
  /** Proposals are committed. */
  readonly commits?: number
  /** Committed entries are applied everywhere. */
  readonly applied?: number
  /** Clients with sessions have their answers. */
  readonly sessions?: number
  readonly reads?: number
  /** Logs are equal without proposals. */
  readonly idle?: number
  /** Logs are equal after proposals. */
  readonly converged?: number
  /** The joint configuration is left. */
  readonly left?: number
}

interface Kind {
  readonly preVote?: boolean
  readonly electionOnly?: boolean
  readonly lease?: boolean
  readonly idleFirst?: boolean
  readonly oneStaysDown?: boolean
  /** Whether those have a state that do not stay down. */
  readonly haveState?: boolean
  readonly voters?: readonly NodeId[]
  /** In election timeouts. */
  readonly roundTrip?: number
  /** Of a message, in election timeouts. */
  readonly latency?: number
  /** The operator changes the membership. */
  readonly changes?: boolean
  /**
   * The bytes that slow links carry in an election timeout; the bytes that members lack; what waits already.
   */
  readonly slow?: { readonly rate: number; readonly lacks: number; readonly backlog: number }
}

class Cluster {
  readonly world: World = new World()
  readonly log: string[] = []
  readonly #times: Times
  readonly #kind: Kind
  readonly #committed: CommittedLog
  readonly #writes: { id: number }[] = []
  #waiting: number[] = []
  readonly #nodes
  readonly sessions

  constructor(kind: Kind, times: Times) {
    this.#kind = kind
    this.#times = times
    const voters = kind.voters ?? ['n1', 'n2', 'n3']
    const committed = new CommittedLog(staticVoters(voters))
    this.#committed = committed
    const after = (what: keyof Times): boolean => this.#after(what)
    const isAlike = (): boolean => after(this.#writes.length === 0 ? 'idle' : 'converged')
    this.#nodes = voters.map((id, at) => ({
      id,
      up: true,
      lost: false,
      founded: true,
      retired: false,
      clock: { at: (now: number) => now },
      raft: {
        role: 'follower',
        term: term(1),
        commit: index(0),
        get leader(): NodeId | null {
          return at === 0 || after('followers') ? voters[0]! : null
        },
        get leaseDeadline(): number {
          return after('lease') ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
        },
      },
      machine: {
        get index(): number {
          return at === 0 || after('applied') ? committed.length : 0
        },
      },
      log: {
        entries: [{ index: index(1), data: new Uint8Array(kind.slow?.lacks ?? 0) }],
        get lastIndex(): number {
          return at === 0 || isAlike() ? committed.length : committed.length + 1
        },
      },
      disk: {
        durableLog: {
          get lastIndex(): number {
            return committed.length
          },
          get last(): object {
            return { term: committed.entries.at(-1)?.term ?? 0 }
          },
        },
      },
      crash: () => void this.log.push(`${id} crashes`),
      start: () => void this.log.push(`${id} starts at ${this.world.now / T - FAULTS}`),
    }))
    this.sessions = {
      held: false,
      askOnly() {},
      get pending(): readonly unknown[] {
        return after('sessions') ? [] : ['a command']
      },
    }
    while (this.world.step(FAULTS * T));
    // Time advances only with scheduled tasks.
    for (const time of Object.values<number>(times as Record<string, number>))
      this.world.schedule(new Call(() => this.#commit()), (FAULTS + time) * T)
  }

  #after(what: keyof Times): boolean {
    return this.world.now >= (FAULTS + (this.#times[what] ?? 0)) * T
  }

  #commit(): void {
    if (!this.#after('commits')) return
    for (const write of this.#waiting) {
      const at = index(this.#committed.length + 1)
      this.#committed.push(
        { index: at, term: term(1), ...payloadOf(write, null, new Uint8Array(0)) },
        term(1),
      )
    }
    this.#waiting = []
  }

  #propose(): void {
    if (this.sessions.held) this.log.push('a proposal is made while clients are held')
    this.#writes.push({ id: this.#writes.length + 1 })
    this.#waiting.push(this.#writes.length)
    this.#commit()
  }

  /** Returns null if it healed, else the violation's message. */
  heal(): string | null {
    const { preVote = true, electionOnly = false, lease = false, changes = false } = this.#kind
    const {
      idleFirst = false,
      oneStaysDown = false,
      haveState = true,
      roundTrip = 0,
      latency = 0,
    } = this.#kind
    const { slow } = this.#kind
    const after = (what: keyof Times): boolean => this.#after(what)
    const committed = this.#committed
    const simulation = {
      world: this.world,
      nodes: this.#nodes,
      survivors: { haveStateWithout: () => haveState },
      network: { backlog: (slow?.backlog ?? 0) * T },
      nemesis: { stop: () => this.log.push('faults stop') },
      workload: {
        stop: () => {},
        leader: () => (after('leader') ? this.#nodes[0] : null),
        propose: () => this.#propose(),
        writes: this.#writes,
        sessions: this.sessions,
      },
      reads: {
        stop: () => {},
        readUntilServed: ({ id }: { id: NodeId }) => this.log.push(`${id} must read`),
        get retrying(): number {
          return after('reads') ? 0 : 1
        },
      },
      storeClients: { stop: () => {} },
      operator: {
        stop: () => {},
        retireRemoved: () => {},
        isSettled: true,
        removedHaveStopped: true,
        members: this.#nodes,
        attempt: () => this.log.push('a change is requested'),
      },
      committed: {
        entries: committed.entries,
        get length(): number {
          return committed.length
        },
        get configuration(): object {
          return { ...committed.configuration, autoLeave: !after('left') }
        },
      },
      scenario: {
        config: {
          electionTimeout: T,
          heartbeatInterval: T / 5,
          electionSpread: 1,
          preVote,
          electionOnly,
          lease,
          clockRateTolerance: 0.1,
        },
        timeouts: { shortest: 1, changes: 0 },
        network: {
          latency: latency * T,
          jitter: 0,
          rate: slow === undefined ? Number.POSITIVE_INFINITY : slow.rate / T,
        },
        node: { timerLag: 0, turnLength: 0 },
        disk: { latency: 0 },
        nemesis: { roundTrip: roundTrip * T },
        workload: { leastGap: 0 },
        operator: { gap: changes ? T : Number.POSITIVE_INFINITY },
        idleFirst,
        oneStaysDown,
      },
    }
    try {
      expect(heal(simulation as unknown as Simulation)).toBe(true)
      return null
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      expect(error.checker).toBe('HEAL')
      return error.message
    }
  }

  /** The time since the faults stopped, in election timeouts. */
  get took(): number {
    return this.world.now / T - FAULTS
  }
}

const healing = (kind: Kind, times: Times): string | null => new Cluster(kind, times).heal()

/** The bound of each goal, in election timeouts, and the message of its violation. */
const bounds: readonly (readonly [keyof Times, Kind, number, RegExp])[] = [
  ['leader', {}, 10, /^no leader/],
  ['commits', {}, 20, /^no fresh proposal is applied everywhere/],
  ['applied', {}, 20, /^no fresh proposal is applied everywhere/],
  ['sessions', {}, 20, /^1 clients still wait/],
  ['reads', {}, 20, /^0 clients still wait for their writes, 1 for their reads/],
  ['converged', {}, 30, /^logs differ/],
  ['left', {}, 30, /^logs differ/],

  ['leader', { electionOnly: true }, 10, /^no leader/],
  ['followers', { electionOnly: true }, 20, /^not all members follow one leader/],
  ['reads', { electionOnly: true }, 20, /^not all members follow one leader/],
  ['lease', { electionOnly: true, lease: true }, 20, /^not all members follow one leader/],

  ['leader', { idleFirst: true }, 10, /^no leader/],
  ['idle', { idleFirst: true }, 20, /^without a proposal, logs differ/],
  ['commits', { idleFirst: true }, 30, /^no fresh proposal is applied everywhere/],
  ['sessions', { idleFirst: true }, 30, /^1 clients still wait/],
  ['reads', { idleFirst: true }, 30, /^0 clients still wait for their writes, 1 for their reads/],
  ['converged', { idleFirst: true }, 40, /^logs differ/],

  ['commits', { oneStaysDown: true }, 20, /^without n1 no fresh proposal is committed/],

  // The answer to a heartbeat comes when the lease has run out.
  ['applied', { lease: true, latency: 0.15 }, 20, /^no fresh proposal is applied everywhere/],
  ['applied', { lease: true, latency: 0.2 }, 60, /^no fresh proposal is applied everywhere/],

  // What waits takes two election timeouts, and what members lack takes three, twice.
  [
    'applied',
    { slow: { rate: 100, lacks: 300, backlog: 2 } },
    28,
    /^no fresh proposal is applied everywhere/,
  ],
  ['converged', { slow: { rate: 100, lacks: 300, backlog: 2 } }, 38, /^logs differ/],

  // If two must agree and a message takes a tenth of an election timeout, one election in five has a split
  // vote, and 13 in a row may.
  ['leader', { voters: ['n1', 'n2'], roundTrip: 0.2 }, 24, /^no leader/],
  ['converged', { voters: ['n1', 'n2'], roundTrip: 0.2 }, 44, /^logs differ/],
  ['leader', { voters: ['n1', 'n2', 'n3'], roundTrip: 0.2 }, 12, /^no leader/],
  ['leader', { voters: ['n1', 'n2', 'n3', 'n4', 'n5'], roundTrip: 0.2 }, 10, /^no leader/],
]

describe.each([
  [true, 0],
  [false, 15],
])('if pre-vote is %s', (preVote, more) => {
  test.each(bounds)(
    '%s, of a cluster that is %j: within %i election timeouts',
    (what, kind, within, missing) => {
      const bound = within + more
      expect(healing({ ...kind, preVote }, { [what]: bound - 0.1 })).toBeNull()
      const message = healing({ ...kind, preVote }, { [what]: bound + 0.1 })
      expect(message).toMatch(missing)
      expect(message).toContain(`${bound} election timeouts after the faults stopped`)
    },
  )
})

describe('while one member stays down', () => {
  test('the others serve without it, and the bounds count from its return', () => {
    // Proposals go out every quarter of an election timeout.
    const cluster = new Cluster({ oneStaysDown: true }, { commits: 12, reads: 31.9 })
    expect(cluster.heal()).toBeNull()
    expect(cluster.log.slice(0, 3)).toEqual(['faults stop', 'n1 crashes', 'n1 starts at 12'])
    expect(healing({ oneStaysDown: true }, { commits: 12, reads: 32.1 })).toMatch(/1 for their reads/)
  })

  test.each([
    ['in a cluster of two', { voters: ['n1', 'n2'] }],
    ['if the others have no state', { haveState: false }],
  ])('but not %s', (_, kind) => {
    const cluster = new Cluster({ oneStaysDown: true, ...kind }, {})
    expect(cluster.heal()).toBeNull()
    expect(cluster.log).not.toContain('n1 crashes')
  })
})

test('with an idle beginning there are no proposals until all logs are equal', () => {
  const cluster = new Cluster({ idleFirst: true }, { idle: 15, commits: 16 })
  const held: boolean[] = []
  for (const timeouts of [14.9, 15.1])
    cluster.world.schedule(new Call(() => held.push(cluster.sessions.held)), (FAULTS + timeouts) * T)
  expect(cluster.heal()).toBeNull()
  expect(held).toEqual([true, false])
  expect(cluster.log).toEqual(['faults stop', 'n1 must read', 'n2 must read', 'n3 must read'])
})

test('one more change is requested if the operator changes the membership', () => {
  const cluster = new Cluster({ changes: true }, {})
  expect(cluster.heal()).toBeNull()
  expect(cluster.log).toContain('a change is requested')
})

test('a cluster that only elects runs as long as any other', () => {
  const cluster = new Cluster({ electionOnly: true }, {})
  expect(cluster.heal()).toBeNull()
  expect(cluster.took).toBe(30)
})

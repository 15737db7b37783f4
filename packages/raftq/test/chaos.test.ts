// Under any faults of the pipe and the nodes, and with fewer lost documents than a majority, no node votes
// twice, no two nodes lead at the same time, and no acknowledged value is lost. Each seed is one run;
// `SEEDS=300` makes more of them.
import { afterEach, describe, expect, it } from 'vitest'
import { Pipe, runReady, type Sent } from './pipe.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

interface Carried {
  readonly type: string
  readonly term: number
  readonly granted?: boolean
}

/** Checks every granted vote: each identity grants one candidate a term in each cluster. */
class Votes {
  readonly #candidates: Map<string, string> = new Map()
  readonly twice: string[] = []

  check({ body }: Sent): void {
    const { cluster, from, to, messages } = body.data
    for (const { type, term, granted } of messages as unknown as Carried[]) {
      if (type !== 'voteResponse' || !granted) continue
      const vote = `${from} in term ${term} of ${cluster}`
      const candidate = this.#candidates.get(vote) ?? to!
      this.#candidates.set(vote, candidate)
      if (candidate !== to) this.twice.push(`${vote}: ${candidate} and ${to}`)
    }
  }

  get count(): number {
    return this.#candidates.size
  }
}

/** A pipe that loses, repeats and delays messages. */
function unreliablePipe(
  random: () => number,
  votes: Votes,
  cut: ReadonlySet<string>,
): (message: Sent) => boolean {
  return (message) => {
    votes.check(message)
    if (cut.has(message.from) !== cut.has(message.to) || random() < 0.05) return false
    for (let copies = random() < 0.1 ? 2 : 1; copies > 0; copies--) {
      const delay = random() < 0.02 ? 2000 * random() : 20 * random()
      pipe.platform.setTimer(() => pipe.hand(message), delay)
    }
    return false
  }
}

class Run {
  readonly random: () => number
  readonly votes: Votes = new Votes()
  readonly cut: Set<string> = new Set()
  /** The last acknowledged write. */
  acknowledged = 0
  /** The writes whose outcome is unknown. A slow pipe may still deliver them. */
  readonly unknown: Set<number> = new Set()
  readonly violations: string[] = []
  /** Nodes that lost their documents and may not have caught up. */
  readonly lost: Set<string> = new Set()
  readonly #mayLose: boolean
  #number = 0

  constructor(seed: number, options: object) {
    // Without members, an isolated node without its document bootstraps another cluster. That is documented,
    // and no error.
    this.#mayLose = 'members' in options
    pipe = new Pipe({ ...options, replicateTimeout: 3000 }, seed * 7919)
    const { random } = pipe.platform
    this.random = random
    pipe.deliver = unreliablePipe(random, this.votes, this.cut)
  }

  pick(list: readonly string[]): string {
    return list[Math.floor(this.random() * list.length)]!
  }

  get up(): string[] {
    return ids.filter((id) => pipe.node(id).up)
  }

  /** Writes one value at a time, so each acknowledged value is later than all before. */
  async write(): Promise<void> {
    const number = ++this.#number
    this.unknown.add(number)
    let done = false
    pipe
      .raft(this.pick(this.up))
      .dispatch('replicateData', number)
      .then(
        () => {
          this.acknowledged = number
          this.unknown.delete(number)
          done = true
        },
        ({ outcome }) => {
          if (outcome === 'not-applied') this.unknown.delete(number)
          done = true
        },
      )
    await pipe.until(() => done, 4000)
  }

  async fault(): Promise<void> {
    const kind = this.random()
    const id = this.pick(ids)
    const down = ids.filter((each) => !pipe.node(each).up)
    if (kind < 0.25) {
      this.cut.clear()
      if (this.random() < 0.6) for (const each of ids) if (this.random() < 0.4) this.cut.add(each)
    } else if (kind < 0.6 && down.length < 2 && pipe.node(id).up) {
      pipe.crash(id)
      if (this.#mayLose && this.random() < 0.5 && this.lost.size === 0) {
        pipe.disks.delete(id)
        this.lost.add(id)
      }
    } else if (down.length > 0) await pipe.restart(this.pick(down), ids)
  }

  /** Ends all faults. Nodes that lost their documents become members again, with new identities. */
  async heal(): Promise<void> {
    this.cut.clear()
    for (const id of ids) if (!pipe.node(id).up) await pipe.restart(id, ids)
    const agree = await pipe.until(() => this.nodesAgree, 20_000)
    if (!agree) this.violations.push(`at ${pipe.now} the nodes do not agree after the faults ended`)
    this.lost.clear()
  }

  get nodesAgree(): boolean {
    const values = new Set(ids.map((id) => JSON.stringify(pipe.raft(id).getData())))
    return pipe.leaders.length === 1 && values.size === 1
  }

  checkLeaders(): void {
    if (pipe.leaders.length > 1) this.violations.push(`at ${pipe.now} ${pipe.leaders} lead`)
  }
}

describe.each([
  ['bootstrapped by members', { members: ids }],
  ['bootstrapped without members', {}],
])('a cluster %s', (_, options) => {
  it.each(Array.from({ length: Number(process.env.SEEDS ?? 10) }, (_, i) => i + 1))(
    'keeps its promises: seed %d',
    async (seed) => {
      const run = new Run(seed, options)
      for (const id of ids) pipe.make(id)
      await Promise.all(ids.map((id) => pipe.begin(id, ids)))
      await run.heal()
      await pipe.pass(3000)
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 12; i++) {
          await run.fault()
          await run.write()
          run.checkLeaders()
        }
        await run.heal()
        await pipe.pass(3000)
        const value = pipe.raft('a').getData()
        const possible = [run.acknowledged, ...run.unknown]
        if (run.acknowledged > 0 && !possible.includes(value))
          run.violations.push(`${value} is none of ${possible}`)
      }
      expect(run.violations).toEqual([])
      expect(run.votes.twice).toEqual([])
      expect(run.acknowledged).toBeGreaterThan(10)
      pipe.deliver = () => true
      await runReady()
    },
  )
})

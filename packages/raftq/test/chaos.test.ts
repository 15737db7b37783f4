// Whatever a pipe may do, and whatever may happen to nodes and to fewer documents than a majority: nobody votes twice, nobody leads beside
// another, and no value that was acknowledged is lost. Each seed is one run; `SEEDS=300` makes more of them.
import { afterEach, describe, expect, it } from 'vitest'
import { Pipe, type Sent, settle } from './pipe.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

interface Carried {
  readonly type: string
  readonly term: number
  readonly granted?: boolean
}

/** Looks at every vote that is sent: one candidate a term, for each identity in each cluster. */
class Votes {
  readonly #candidates: Map<string, string> = new Map()
  readonly twice: string[] = []

  look({ body }: Sent): void {
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

/** A pipe that loses, repeats and delays. */
function carryBadly(
  random: () => number,
  votes: Votes,
  cut: ReadonlySet<string>,
): (message: Sent) => boolean {
  return (message) => {
    votes.look(message)
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
  /** The last write that was acknowledged, and all whose fate is not known: those may still come, from a pipe that was slow. */
  acknowledged = 0
  readonly unknown: Set<number> = new Set()
  readonly broken: string[] = []
  /** Who lost its document and is not known to have caught up. */
  readonly lost: Set<string> = new Set()
  readonly #mayLose: boolean
  #number = 0

  constructor(seed: number, options: object) {
    // Without members, who has lost its document and hears nobody founds another cluster: that is said, and no mistake.
    this.#mayLose = 'members' in options
    pipe = new Pipe({ ...options, replicateTimeout: 3000 }, seed * 7919)
    const { random } = pipe.platform
    this.random = random
    pipe.deliver = carryBadly(random, this.votes, this.cut)
  }

  pick(list: readonly string[]): string {
    return list[Math.floor(this.random() * list.length)]!
  }

  get up(): string[] {
    return ids.filter((id) => pipe.node(id).up)
  }

  /** One at a time: what is acknowledged is later than all before. */
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

  /** Everybody that lost its document is a member again, under its new name. */
  async mend(): Promise<void> {
    this.cut.clear()
    for (const id of ids) if (!pipe.node(id).up) await pipe.restart(id, ids)
    const whole = await pipe.until(() => this.settled, 20_000)
    if (!whole) this.broken.push(`at ${pipe.now} they do not agree any more`)
    this.lost.clear()
  }

  get settled(): boolean {
    const values = new Set(ids.map((id) => JSON.stringify(pipe.raft(id).getData())))
    return pipe.leaders.length === 1 && values.size === 1
  }

  look(): void {
    if (pipe.leaders.length > 1) this.broken.push(`at ${pipe.now} ${pipe.leaders} lead`)
  }
}

describe.each([
  ['founded by members', { members: ids }],
  ['founded by whoever is there', {}],
])('a cluster %s', (_, options) => {
  it.each(Array.from({ length: Number(process.env.SEEDS ?? 10) }, (_, i) => i + 1))(
    'keeps its promises: seed %d',
    async (seed) => {
      const run = new Run(seed, options)
      for (const id of ids) pipe.make(id)
      await Promise.all(ids.map((id) => pipe.begin(id, ids)))
      await run.mend()
      await pipe.pass(3000)
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 12; i++) {
          await run.fault()
          await run.write()
          run.look()
        }
        await run.mend()
        await pipe.pass(3000)
        const value = pipe.raft('a').getData()
        const may = [run.acknowledged, ...run.unknown]
        if (run.acknowledged > 0 && !may.includes(value)) run.broken.push(`${value} is none of ${may}`)
      }
      expect(run.broken).toEqual([])
      expect(run.votes.twice).toEqual([])
      expect(run.acknowledged).toBeGreaterThan(10)
      pipe.deliver = () => true
      await settle()
    },
  )
})

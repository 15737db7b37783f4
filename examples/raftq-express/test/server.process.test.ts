// The example from raftq's README, as four real processes.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { directory, expectFreePorts, Processes, ports, type Server } from './processes.ts'

/** The SHA-256 of the example in the README of raftq 1.0.0: the lines of its code block. */
const published = '116b6d77ebbf7713af7d529c13ba59e26ec5bc280d2d00ea16d86ecd18c699c8'

const aside = `${directory}.aside-${process.pid}`
let processes = new Processes()

const startAll = (): Server[] => ports.map(() => processes.start())

beforeAll(() => {
  if (existsSync(directory)) renameSync(directory, aside)
})
afterAll(() => {
  if (existsSync(aside)) renameSync(aside, directory)
})
beforeEach(async () => {
  await expectFreePorts()
  processes = new Processes()
})
afterEach(async () => {
  await processes.kill()
  rmSync(directory, { recursive: true, force: true })
})

it('is as it was published, except for the imports', () => {
  const source = readFileSync(fileURLToPath(new URL('../src/server.ts', import.meta.url)), 'utf8')
  const original = source
    .replace("import { Raftq } from '@oarlock/raftq';", "import { Raftq } from 'raftq';")
    .replace(
      "import type { RaftEventType, RaftNode } from '@oarlock/raftq';",
      "import type { RaftEventType, RaftNode } from './types';",
    )
  expect(createHash('sha256').update(original).digest('hex')).toBe(published)
})

describe('four processes', () => {
  it('started at once, they have one leader, and a value from any of them reaches all', async () => {
    startAll()
    await processes.leader()
    expect(processes.all.map(({ id }) => id).sort()).toEqual(ports)
    await processes.followers[0]!.post('replicateData', { by: 'a follower' })
    await processes.until('all hold it', () => processes.allHold({ by: 'a follower' }))
    const leader = await processes.leader()
    await leader.post('replicateData', ['by', 'the leader'])
    await processes.until('all hold it', () => processes.allHold(['by', 'the leader']))
    expect(processes.all.map(({ seen }) => seen!.conflicts)).toEqual([0, 0, 0, 0])
  })

  it('started one after another, they join the first and get its value', async () => {
    const first = processes.start()
    await processes.until('the first leads', () => first.leads)
    await first.replicate({ from: 'the first' })
    for (const _ of ports.slice(1)) {
      processes.start()
      await processes.leader()
    }
    await processes.until('all hold it', () => processes.allHold({ from: 'the first' }))
    expect(processes.all.map(({ seen }) => seen!.conflicts)).toEqual([0, 0, 0, 0])
  })

  it('two that could not meet at first become one cluster when they meet', async () => {
    const first = processes.start()
    await processes.until('the first leads', () => first.leads)
    await first.replicate({ from: 'the first' })
    first.signal('SIGSTOP')
    const second = processes.start()
    await processes.until('the second leads a cluster of its own', () => second.leads)
    first.signal('SIGCONT')
    await processes.leader()
    await processes.until('both hold it', () => processes.allHold({ from: 'the first' }))
  })

  it('have a next leader with all committed values within 2 s of a SIGKILL, and admit the killed one again', async () => {
    startAll()
    await processes.leader()
    let count = 0
    let committed = 0
    let enough = false
    const writing = (async () => {
      while (!enough && processes.running.length > 0) {
        const value = { count: ++count }
        // The outcome of a value is unknown if its process is killed.
        await processes.running[0]!.replicate(value).then(
          () => {
            committed = value.count
          },
          () => {},
        )
      }
    })()
    const leaderships: number[] = []
    for (let kills = 0; kills < 3; kills++) {
      const goal = committed + 20
      await processes.until('some are committed', () => committed > goal)
      const killed = await processes.leader()
      const before = committed
      const killedAt = performance.now()
      const ended = killed.end('SIGKILL')
      const others = () => processes.leaders.filter((each) => each !== killed)
      await processes.until('another leads', () => others().length > 0)
      leaderships.push(performance.now() - killedAt)
      expect((others()[0]!.data as { count: number }).count).toBeGreaterThanOrEqual(before)

      await ended
      const back = processes.start()
      await processes.leader()
      expect(back.id).toBe(killed.id)
    }
    enough = true
    await writing
    await processes.until('all hold the last', () => processes.allHold({ count: committed }))
    // The median, because on a busy machine a vote may be late and an election repeated.
    const [, median] = leaderships.sort((a, b) => a - b)
    expect(median).toBeLessThan(2000)
  })

  it('admit a process again whose file was torn when it was killed', async () => {
    startAll()
    const leader = await processes.leader()
    await leader.replicate({ kept: true })
    const [killed] = processes.followers
    await killed!.end('SIGKILL')
    truncateSync(`${directory}/${killed!.id}.json`, 100)
    const back = processes.start()
    await processes.leader()
    expect(back.id).toBe(killed!.id)
    await processes.until('all hold it', () => processes.allHold({ kept: true }))
  })

  it('go on after a leader got SIGINT: it does not lead when it ends, and is no longer a member', async () => {
    startAll()
    const first = await processes.leader()
    await first.replicate({ kept: true })
    await first.end('SIGINT')
    // Its last report. It need not have heard of the next leader yet.
    expect(first.seen!.role).toBe(2)
    await processes.until('all hold it', () => processes.allHold({ kept: true }))

    // Two of the three remaining members are a majority. Two of four would not be.
    const second = await processes.leader()
    await second.end('SIGKILL')
    await processes.until('another leads', () => processes.leaders.some((each) => each !== second))
    await processes.running[0]!.replicate({ by: 'two' })
    await processes.until('both hold it', () => processes.allHold({ by: 'two' }))
  })
})

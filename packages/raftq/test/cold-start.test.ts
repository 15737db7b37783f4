// Processes that have just started: the first messages are late or lost, and the thread is blocked for a
// while.
import { afterEach, expect, it } from 'vitest'
import { Pipe, runReady, type Sent } from './pipe.ts'

let pipe = new Pipe()
afterEach(() => pipe.destroy())

/** Keeps the messages to `id` in the pipe until the returned function delivers them. */
function hold(id: string): () => void {
  const held: Sent[] = []
  pipe.deliver = (message) => {
    if (message.to !== id) return true
    held.push(message)
    return false
  }
  return () => {
    pipe.heal()
    for (const message of held) pipe.hand(message)
  }
}

const bootstrapped = (id: string): boolean =>
  pipe.node(id).logs.some((line) => line.includes('bootstraps one'))
const allAre = (members: string): boolean =>
  [...pipe.nodes.values()].every(({ logs }) => logs.findLast((line) => /^members/.test(line)) === members)

async function clusterWithValue(): Promise<void> {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(2000)
  await Promise.all([pipe.raft('a').dispatch('replicateData', 'kept'), pipe.pass(100)])
}

it('a node waits for the first message of an announced node, and bootstraps nothing meanwhile', async () => {
  await clusterWithValue()
  const deliver = hold('b')
  pipe.make('b')
  await pipe.begin('b', ['a'])
  // A cluster of b alone would acknowledge the early write.
  const early = pipe.raft('b').dispatch('replicateData', 'of b')
  await pipe.pass(2500)
  deliver()
  await Promise.all([early, pipe.pass(1000)])
  expect(bootstrapped('b')).toBe(false)
  expect(pipe.agrees('of b')).toBe(true)
})

it('a node that was blocked does not bootstrap because it missed messages meanwhile', async () => {
  await clusterWithValue()
  pipe.make('b')
  const deliver = hold('b')
  await pipe.begin('b', ['a'])
  await pipe.pass(100)
  pipe.now += 60_000
  await pipe.pass(50)
  deliver()
  await pipe.pass(1000)
  expect(bootstrapped('b')).toBe(false)
  expect(pipe.agrees('kept')).toBe(true)
})

it('a node that is blocked often still bootstraps a cluster if it is alone', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  for (let i = 0; i < 5; i++) {
    pipe.now += 60_000
    await pipe.pass(50)
  }
  expect(pipe.leaders).toEqual(['a'])
})

it('logs the members and the nodes that are catching up whenever they change', async () => {
  pipe = new Pipe()
  await pipe.start(['10', '9', '11'])
  expect(await pipe.until(() => allAre('members: 9, 10, 11'), 5000)).toBe(true)
  const told = pipe.node('9').logs.filter((line) => /^members/.test(line))
  expect(told[0]).toBe('members: 9')
  expect(told).toContainEqual(expect.stringMatching(/^members: 9(, 1.)?; catching up: 1/))
  expect(new Set(told).size).toBe(told.length)
})

it('logs once that another process has its id', async () => {
  pipe = new Pipe()
  await pipe.start(['a', 'b'])
  await pipe.pass(2000)
  const toB = pipe.sent.find(({ from, to }) => from === 'a' && to === 'b')!
  for (const life of ['another', 'another', 'a third'])
    pipe.hand({ ...toB, to: 'a', body: { ...toB.body, data: { ...toB.body.data, life } } })
  pipe.hand({ ...toB, to: 'a' })
  await runReady()
  expect(pipe.node('a').logs.filter((line) => line.includes('give each process its own id'))).toHaveLength(1)
})

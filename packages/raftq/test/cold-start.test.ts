// Processes that have just begun: the first messages are late, or lost, and a thread stands still for a while.
import { afterEach, expect, it } from 'vitest'
import { Pipe, type Sent, settle } from './pipe.ts'

let pipe = new Pipe()
afterEach(() => pipe.destroy())

/** What goes to `id` stays in the pipe, until it is handed over. */
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

const founded = (id: string): boolean => pipe.node(id).logs.some((line) => line.includes('bootstraps one'))
const allAre = (members: string): boolean =>
  [...pipe.nodes.values()].every(({ logs }) => logs.findLast((line) => /^members/.test(line)) === members)

async function clusterWithValue(): Promise<void> {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(2000)
  await Promise.all([pipe.raft('a').dispatch('replicateData', 'kept'), pipe.pass(100)])
}

it('who was told of a node waits for its first word, and founds nothing meanwhile', async () => {
  await clusterWithValue()
  const handOver = hold('b')
  pipe.make('b')
  await pipe.begin('b', ['a'])
  // What is written early would be acknowledged by a cluster of b alone.
  const early = pipe.raft('b').dispatch('replicateData', 'of b')
  await pipe.pass(2500)
  handOver()
  await Promise.all([early, pipe.pass(1000)])
  expect(founded('b')).toBe(false)
  expect(pipe.agrees('of b')).toBe(true)
})

it('who stood still founds nothing for having missed what was said meanwhile', async () => {
  await clusterWithValue()
  pipe.make('b')
  const handOver = hold('b')
  await pipe.begin('b', ['a'])
  await pipe.pass(100)
  pipe.now += 60_000
  await pipe.pass(50)
  handOver()
  await pipe.pass(1000)
  expect(founded('b')).toBe(false)
  expect(pipe.agrees('kept')).toBe(true)
})

it('who stood still often founds a cluster all the same, if nobody is there', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  for (let i = 0; i < 5; i++) {
    pipe.now += 60_000
    await pipe.pass(50)
  }
  expect(pipe.leaders).toEqual(['a'])
})

it('says who the members are, and who is catching up, whenever that has changed', async () => {
  pipe = new Pipe()
  await pipe.start(['10', '9', '11'])
  expect(await pipe.until(() => allAre('members: 9, 10, 11'), 5000)).toBe(true)
  const told = pipe.node('9').logs.filter((line) => /^members/.test(line))
  expect(told[0]).toBe('members: 9')
  expect(told).toContainEqual(expect.stringMatching(/^members: 9(, 1.)?; catching up: 1/))
  expect(new Set(told).size).toBe(told.length)
})

it('says once that another process has taken its name', async () => {
  pipe = new Pipe()
  await pipe.start(['a', 'b'])
  await pipe.pass(2000)
  const toB = pipe.sent.find(({ from, to }) => from === 'a' && to === 'b')!
  for (const life of ['another', 'another', 'a third'])
    pipe.hand({ ...toB, to: 'a', body: { ...toB.body, data: { ...toB.body.data, life } } })
  pipe.hand({ ...toB, to: 'a' })
  await settle()
  expect(pipe.node('a').logs.filter((line) => line.includes('give each process its own id'))).toHaveLength(1)
})

// Two nodes with the same id, because a configuration or a tab was copied. The first one stays the node of
// that name.
import { afterEach, expect, it } from 'vitest'
import { Pipe } from './pipe.ts'

const members = ['a', 'b', 'c']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

const write = (id: string, value: unknown) =>
  Promise.all([pipe.raft(id).dispatch('replicateData', value), pipe.pass(500)])

/** Starts another node b with its own disk. The pipe delivers messages for b to both. */
async function startTwin(): Promise<void> {
  let disk = 'null'
  pipe.make('twin', {
    persistAgent: {
      persist: async (_, data) => {
        disk = JSON.stringify(data)
      },
      restore: async () => JSON.parse(disk),
    },
  })
  pipe.deliver = (message) => {
    if (message.to !== 'b') return true
    if (message.from !== 'twin') pipe.hand({ ...message, to: 'twin' })
    return message.from !== 'b'
  }
  const { raft } = pipe.node('twin')
  for (const id of ['a', 'c']) raft.dispatch('ackNode', { id, time: 1 })
  await raft.dispatch('serviceStarted', { node: { id: 'b', time: 2 } })
}
const rest = ['a', 'b', 'c']
const agree = (ids: string[], value: unknown) => ids.every((id) => pipe.raft(id).getData() === value)

it.each([
  ['bootstrapped without members', {}],
  ['bootstrapped by members', { members }],
])('the second does not disturb the first while that is alive, in a cluster %s', async (_, options) => {
  pipe = new Pipe(options)
  await pipe.start(members)
  await pipe.pass(6000)
  await write('b', 'before')
  await startTwin()
  const { leader } = pipe
  for (let i = 0; i < 100; i++) {
    await pipe.pass(100)
    expect(pipe.leaders).toEqual([leader])
  }
  await write('b', 'still there')
  expect(agree(rest, 'still there')).toBe(true)
  expect(pipe.raft('twin').getData()).toEqual({})
})

it('the second replaces the first when that is silent, with another identity', async () => {
  pipe = new Pipe()
  await pipe.start(members)
  await pipe.pass(6000)
  await write('b', 'kept')
  await startTwin()
  await pipe.pass(3000)
  pipe.crash('b')
  expect(await pipe.until(() => agree(['a', 'twin', 'c'], 'kept'), 5000)).toBe(true)
  await pipe.pass(3000)
  // It is a voter, so one more node may fail.
  pipe.crash('c')
  expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
})

it('the log reports it once if the pipe brings them together', async () => {
  pipe = new Pipe()
  await pipe.start(members)
  await pipe.pass(6000)
  await startTwin()
  const gossip = pipe.sent.findLast(({ from, event }) => from === 'twin' && event === 'voteRequest')!
  const echo = pipe.sent.findLast(({ from }) => from === 'b')!
  const told = () => pipe.node('b').logs.filter((line) => line.includes('give each process its own id'))
  pipe.hand({ ...echo, to: 'b' })
  await pipe.pass(100)
  expect(told()).toEqual([])
  for (let i = 0; i < 3; i++) pipe.hand({ ...gossip, to: 'b' })
  await pipe.pass(100)
  expect(told()).toHaveLength(1)
})

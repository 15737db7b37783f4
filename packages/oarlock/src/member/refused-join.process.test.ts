// A join that is refused leaves nothing behind: the same member can join at once, in the same process.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'
import { type CommonOptions, DiskLogStore, type FounderOptions, join, type Transport } from '../index.ts'

let directory: string
let good: CommonOptions<string, unknown> & FounderOptions

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'oarlock-join-'))
  const peers = { a: await freeAddress() }
  good = { id: 'a', peers, data: path.join(directory, 'data'), shutdownSignals: [] }
})

afterEach(() => rm(directory, { recursive: true }))

const unclosable: Transport = {
  open: () => Promise.reject(new Error('of the transport')),
  send() {},
  close: () => Promise.reject(new Error('cannot close either')),
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

const refusals: [why: string, wrong: object, message: RegExp][] = [
  ['an option', { electionTimout: 1 }, /unknown option/],
  [
    'the length of its names',
    { cluster: 'c'.repeat(100_000), peers: { a: '127.0.0.1:1', b: '127.0.0.1:2' } },
    /too long/,
  ],
  [
    'its clock',
    {
      clock: {
        now: () => {
          throw new Error('of the clock')
        },
        at: () => () => {},
      },
    },
    /of the clock/,
  ],
  ['its random numbers', { random: () => Number.NaN }, /^random must return a number/],
  [
    'its transport',
    { transport: unclosable, logger: silent },
    /^the transport could not be opened: of the transport$/,
  ],
]

it.each(refusals)('because of %s', async (_, wrong, message) => {
  await expect(join({ ...good, ...wrong })).rejects.toThrow(message)
  const member = await join(good)
  await member.close()
})

it('because of its address', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const refused = join({ ...good, listen: `127.0.0.1:${port}` })
  await expect(refused).rejects.toMatchObject({ code: 'OARLOCK_LISTEN' })
  taken.close()
  await (await join(good)).close()
})

it('because its directory belongs to another member', async () => {
  await (await join(good)).close()
  const other = { ...good, id: 'b', peers: { b: good.peers.a! } }
  await expect(join(other)).rejects.toMatchObject({ code: 'OARLOCK_WRONG_DATA' })
  await (await join(good)).close()
})

it('a relative path means the directory at the call, whatever the working directory is later', async () => {
  const before = process.cwd()
  process.chdir(directory)
  try {
    const logStore = new DiskLogStore({ directory: 'log', cluster: 'oarlock', id: 'a', segmentBytes: 4096 })
    await using member = await join({ ...good, logStore })
    process.chdir('/')
    // Each needs a new segment.
    for (let n = 0; n < 3; n++) await member.propose('x'.repeat(4096))
    await member.close()
    process.chdir(directory)
    await (await join({ ...good, data: './log' })).close()
  } finally {
    process.chdir(before)
  }
})

import { InvalidOptionsError } from '@oarlock/runtime'
import { until } from '@oarlock/test-support/event'
import { link, numbered, Station, to } from '@oarlock/testkit/conformance'
import { expect, test } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'
import { TcpTransport } from './index.ts'

const retry = { first: 1, longest: 1, refused: 5 }

test('the peers of a transport change while it runs: one comes, moves, and goes', async () => {
  const [first, second] = [await freeAddress(), await freeAddress()]
  const transport = new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers: {}, retry })
  await using a = new Station('a', transport)
  await a.open()
  const peers = { a: transport.address! }
  const start = async (listen: string) => {
    const station = new Station('b', new TcpTransport({ id: 'b', listen, peers, retry }))
    await station.open()
    return station
  }
  const b = await start(first)
  await until(() => b.refusedBy.get('a')?.reason === 'unknown-member')

  transport.setPeers({ a: 'ignored:1', b: first })
  await Promise.all([link(a, b), link(b, a)])
  transport.setPeers({ b: first })
  expect(a.lost).toEqual([])

  await b.transport.close()
  const moved = await start(second)
  a.lost.length = 0
  transport.setPeers({ b: second })
  await Promise.all([link(a, moved), link(moved, a)])

  expect(() => transport.setPeers({ b: 'nowhere' })).toThrow(InvalidOptionsError)
  a.transport.send([to('b')(numbered(1))])
  await moved.until(() => moved.batches.length > 0)

  transport.setPeers({})
  expect(a.lost).toEqual(['b'])
  expect(transport.links().size).toBe(0)
  await until(() => transport.drops().connections['not-a-peer'] === 2)
  moved.refusedBy.clear()
  await until(() => moved.refusedBy.get('a')?.reason === 'unknown-member')
  await moved.transport.close()
})

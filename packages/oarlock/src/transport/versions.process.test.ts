import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { until } from '@oarlock/test-support/event'
import { numbered, numbersFrom, Station } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { dialRaw, freeAddress, RawPeer } from '../../test/raw-peer.ts'
import { setUp } from '../../test/raw-setting.ts'
import { decodeRefusal, FrameKind, MessageBatch } from '../wire/index.ts'
import { TcpTransport } from './index.ts'

/** What a member of version 2 sends. */
const version2 = new Map(
  readFileSync(new URL('../../test/golden/version-2.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name, hex]) => [name!, Buffer.from(hex!, 'hex')]),
)

describe('a member that speaks the previous version, 2', () => {
  test('is refused by name when it dials', async () => {
    await using setting = await setUp()
    const peer = await dialRaw(setting.transport.address, null)
    peer.socket.write(version2.get('hello-control')!)
    const frame = await peer.frame()
    expect(frame!.kind).toBe(FrameKind.refused)
    expect(decodeRefusal(frame!.body)).toEqual({
      reason: 'wrong-version',
      detail:
        'the member that dials uses protocol version 2, and the other one uses 3: run the same version of Oarlock on every member',
    })
    peer.socket.write(version2.get('heartbeat')!)
    await peer.closed
    expect(setting.a.met.size + setting.a.batches.length).toBe(0)
    await until(() => setting.transport.drops().connections.refused === 1)
  })

  test('refuses by name when it is dialled', async () => {
    const hellos: string[] = []
    const old = createServer((socket) => {
      const peer = new RawPeer(socket)
      void peer.frame().then((frame) => {
        hellos.push(Buffer.from(frame!.body.subarray(0, 6)).toString('latin1'))
        socket.end(version2.get('refused')!)
      })
    })
    const address = await freeAddress()
    await new Promise<void>((resolve) => old.listen(Number(address.split(':')[1]), '127.0.0.1', resolve))
    const transport = new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers: { b: address } })
    await using a = new Station('a', transport)
    await a.open()
    await until(() => transport.links().get('b')?.state === 'refused')
    expect(transport.links().get('b')).toMatchObject({ by: 'b', refusal: { reason: 'wrong-version' } })
    // The part of Hello that version 2 reads.
    expect(hellos[0]).toBe('OARL\x00\x03')
    old.close()
  })
})

test('a later version that still speaks this one is understood', async () => {
  await using setting = await setUp()
  const peer = await dialRaw(setting.transport.address, { version: 4, oldest: 3 })
  expect((await peer.frame())?.kind).toBe(FrameKind.welcome)
  const batch = new MessageBatch()
  batch.add(numbered(1))
  peer.socket.write(batch.encode().buffer)
  await setting.a.until(() => numbersFrom(setting.a, 'b').length === 1)
})

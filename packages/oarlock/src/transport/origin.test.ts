import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { oldestOfBusiestHost, originOf } from './origin.ts'

const connections = (...hosts: string[]) => hosts.map((host, at) => ({ host, at }))

it.each([
  ['a machine alone', ['x', 'x', 'x'], 0],
  ['a flood after the peers', ['p', 'q', 'x', 'x'], 2],
  ['a flood before a peer', ['x', 'x', 'p'], 0],
  ['equals', ['p', 'q'], 0],
])('of %s the oldest connection of the machine with the most is closed', (_, hosts, closed) => {
  expect(oldestOfBusiestHost(connections(...hosts))?.at).toBe(closed)
})

it('of none, none is', () => expect(oldestOfBusiestHost([])).toBeUndefined())

it.each([
  ['10.0.0.1', '10.0.0.1:5', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1:5', '10.0.0.1'],
  ['fd00::1', '[fd00::1]:5', 'fd00::1'],
])('a stream from %s comes from %s', (remoteAddress, remote, host) => {
  expect(originOf({ remoteAddress, remotePort: 5 } as Socket)).toMatchObject({ remote, host })
})

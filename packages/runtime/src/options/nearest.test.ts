import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

const known = ['electionTimeout', 'heartbeatInterval', 'peers', 'id', 'first']

it.each([
  ['electionTimout', 'electionTimeout'],
  ['ELECTION_TIMEOUT', 'electionTimeout'],
  ['heartbeat', null],
  ['heartbeatInterfall', 'heartbeatInterval'],
  ['frist', 'first'],
  ['pears', 'peers'],
  ['ide', 'id'],
  ['peer', 'peers'],
  ['data', null],
  ['', null],
])("for '%s' it is %s", (name, meant) => expect(nearest(name, known)).toBe(meant))

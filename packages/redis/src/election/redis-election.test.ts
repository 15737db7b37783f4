import { InvalidOptionsError } from '@oarlock/runtime'
import { expect, it } from 'vitest'
import type { RedisElectionOptions } from './options.ts'
import { redisElection } from './redis-election.ts'

it.each<[string, RedisElectionOptions['redis'], RegExp]>([
  [
    'a URL of something else',
    'http://:secret@localhost',
    /^redis: a URL begins with redis:\/\/ or rediss:\/\/, and not with http:\/\/$/,
  ],
  ['a URL that is none', 'redis://[x', /^redis: the client library refuses it: Invalid URL$/],
  [
    'a port that is none',
    'redis://localhost:99999999',
    /^redis: the client library refuses it: Invalid URL$/,
  ],
  [
    'options that the client library refuses',
    { sentinels: [], name: 'mine' },
    /^redis: the client library refuses it: /,
  ],
  ['a client of another kind', { duplicate: () => ({}) }, /^redis: this client is not supported/],
])('an election is refused with an error of ours: %s', (_, redis, message) => {
  const start = () => redisElection({ redis, shutdownSignals: [] })
  expect(start).toThrow(InvalidOptionsError)
  expect(start).toThrow(message)
  expect(start).not.toThrow(/secret/)
})

import { describe, expect, it } from 'vitest'
import { parseFlags } from './flags.ts'

describe('the flags of the benchmark', () => {
  it('measure everything by default', () => {
    expect(parseFlags([])).toMatchObject({
      writes: true,
      reads: true,
      readers: [1, 64, 256],
      store: true,
      clients: [1, 16, 256, 1024],
      operations: ['put', 'get', 'transaction', 'watch'],
      failover: true,
      slowLinks: true,
      concurrency: [1, 16, 256, 1024],
      trials: 20,
    })
  })
  it('can ask for one part', () => {
    expect(parseFlags(['--only=failover', '--trials=3'])).toMatchObject({
      writes: false,
      reads: false,
      store: false,
      failover: true,
      slowLinks: false,
      trials: 3,
    })
  })
  it.each([
    '--only=connects',
    '--readers=0',
    '--clients=0',
    '--operations=put,post',
    '--c=1,x',
    '--c=',
    '--rounds=0',
    '--secs=0',
    '--trials=1.5',
    '--without=zookeeper',
    '--fast',
  ])('refuse %s', (flag) => expect(() => parseFlags([flag])).toThrow(/--/))
})

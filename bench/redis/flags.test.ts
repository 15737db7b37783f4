import { describe, expect, it } from 'vitest'
import { parseFlags, scenarioNames } from './flags.ts'

describe('the flags of the benchmark over Redis', () => {
  it('measure everything by default, as often as each scenario has it', () => {
    expect(parseFlags([])).toMatchObject({ only: scenarioNames, trials: null, cut: 20, pauses: [2, 5, 10] })
  })
  it('can ask for some, fewer times, without the older package', () => {
    expect(
      parseFlags(['--only', 'pause,idle', '--trials=2', '--pauses=0.5', '--without=older']),
    ).toMatchObject({ only: ['pause', 'idle'], trials: 2, pauses: [0.5], withOlder: false })
  })
  it.each([
    '--only=failover',
    '--only=',
    '--trials=0',
    '--trials=1.5',
    '--cut=0',
    '--pauses=2,x',
    '--pauses=',
    '--watch=-1',
    '--instances=2',
    '--without=etcd',
    '--fast',
  ])('refuse %s', (flag) => expect(() => parseFlags([flag])).toThrow(/--/))
})

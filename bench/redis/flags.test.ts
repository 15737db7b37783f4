import { describe, expect, it } from 'vitest'
import { parseFlags, scenarioNames } from './flags.ts'

describe('the flags of the benchmark over Redis', () => {
  it('measure every scenario by default, with its own number of trials', () => {
    expect(parseFlags([])).toMatchObject({ only: scenarioNames, trials: null, cut: 20, pauses: [2, 5, 10] })
  })
  it('can choose scenarios and trials, and leave the older package out', () => {
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

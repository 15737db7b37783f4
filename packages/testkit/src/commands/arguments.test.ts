import { describe, expect, it } from 'vitest'
import { commandOf } from './arguments.ts'

describe('the command line', () => {
  it('asks for 200 fresh seeds by default', () => {
    expect(commandOf([])).toMatchObject({ type: 'many', seeds: 200, workers: null })
  })

  it('asks for a number of seeds from one on', () => {
    expect(commandOf(['--seeds', '1000', '--from', '7'])).toMatchObject({
      type: 'many',
      seeds: 1000,
      from: 7,
    })
  })

  it('asks for one run, with its options', () => {
    expect(commandOf(['--seed', '3', '--shrink', '--draw', 'a.svg', '--last', 'all'])).toMatchObject({
      type: 'one',
      schedule: { seed: 3, kept: {} },
      shrink: true,
      draw: 'a.svg',
      last: Number.POSITIVE_INFINITY,
    })
  })

  it('asks for a drawing of a whole scenario file', () => {
    expect(commandOf(['--scenario', 'figure-8', '--draw', 'a.html'])).toEqual({
      type: 'scenario',
      name: 'figure-8',
      draw: 'a.html',
      last: Number.POSITIVE_INFINITY,
    })
  })

  it.each([
    ['--scenario', 'figure-9 --draw a.svg', /no scenario 'figure-9'; there are /],
    ['--scenario', 'figure-8', /--scenario needs --draw FILE/],
    ['--scenario', 'figure-8 --draw a.svg --seed 1', /--seed cannot be combined with --scenario/],
    ['--seed', 'x', /--seed takes a whole number, got 'x'/],
    ['--seed', '1e3', /whole number/],
    ['--seed', '99999999999999999999', /whole number/],
    ['--seeds', '0', /--seeds takes a number from 1/],
    ['--seed', '1 --seed 2', /--seed is given twice/],
    ['--trace', '--trace --seed 1', /--trace is given twice/],
    ['--shrink', '--from 1', /--shrink is for one run: give its --seed .of many, the first that fails/],
    ['--seeds', '5 --from 9007199254740991', /no seeds beyond/],
    ['--seed', '1 --seeds 5', /--seeds is for many seeds/],
    ['--keep', 'faults=1', /--keep is for one run: give its --seed/],
    ['--seed', '1 --keep lies=1', /--keep takes faults=…, changes=…, writes=…, reads=… or, alone, nothing/],
    ['--seed', '1 --keep faults=3-1', /'3-1' is neither a number from 1 nor a range/],
    ['--seed', '1 --without noise', /--without does not know 'noise'; it knows nodes-1/],
    ['--seed', '1 --draw a.png', /--draw takes a file that ends in .svg or .html/],
    ['--seed', '1 --last 5', /--last needs --draw/],
    ['--seed', '1 --draw a.svg --last 0', /--last takes a number from 1/],
    ['--nonsense', '', /nonsense/],
  ])('refuses %s %s', (name, rest, message) => {
    expect(() => commandOf([name, ...rest.split(' ').filter((word) => word !== '')])).toThrow(message)
  })
})

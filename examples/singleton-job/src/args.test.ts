import { describe, expect, test } from 'vitest'
import { help, parseDuration, parseOptions } from './args.ts'
import { UsageError } from './usage-error.ts'

describe('times', () => {
  test.each([
    ['500ms', 500],
    ['3s', 3000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  test.each(['3', 's', '3 s', '-3s', '0s', '3d', '', '1e3s', '.5s'])('%j is not a time', (text) =>
    expect(parseDuration(text)).toBeNull(),
  )
})

describe('flags', () => {
  test('have defaults', () => {
    expect(parseOptions([])).toEqual({
      members: null,
      input: null,
      output: null,
      data: null,
      keep: false,
      json: false,
      help: false,
      killEvery: 3000,
      replaceEvery: 10_000,
      duration: null,
      rate: 200,
    })
  })

  test('are parsed', () => {
    const given =
      '--members 5 --input - --output o --data d --keep --json --kill-every off --replace-every off --duration 2m --rate 0.5'
    expect(parseOptions(given.split(' '))).toEqual({
      members: 5,
      input: '-',
      output: 'o',
      data: 'd',
      keep: true,
      json: true,
      help: false,
      killEvery: null,
      replaceEvery: null,
      duration: 120_000,
      rate: 0.5,
    })
    expect(parseOptions(['-h']).help).toBe(true)
  })

  test.each([
    [['--members', '4'], '--members 4: it must be 3, 5 or 7'],
    [['--members', 'x'], '--members x: it must be 3, 5 or 7'],
    [['--rate', '0'], '--rate 0: it must be a number of records a second, above 0'],
    [['--rate', 'fast'], '--rate fast: it must be a number of records a second, above 0'],
    [['--kill-every', '3'], '--kill-every 3 is not a time: write 500ms, 3s, 2m or 1h, or off'],
    [['--replace-every', '0s'], '--replace-every 0s is not a time: write 500ms, 3s, 2m or 1h, or off'],
    [['--duration', 'off'], '--duration off is not a time: write 500ms, 3s, 2m or 1h'],
    [['--duration', '9999h'], '--duration 9999h is too long: 24 days at most'],
    [['--data', ''], '--data needs a path'],
    [['--output', '-'], '--output must be a file: only a file can be repaired after a crash'],
    [['--frobnicate'], "Unknown option '--frobnicate': see --help"],
    [['--data'], "Option '--data <value>' argument missing: see --help"],
    [['--rate', '-5'], "Option '--rate' argument is ambiguous: see --help"],
    [['--keep=yes'], "Option '--keep' does not take an argument: see --help"],
    [['stray'], "Unexpected argument 'stray': see --help"],
  ])('%j are rejected with one line', (argv, line) => {
    expect(() => parseOptions(argv)).toThrow(new UsageError(line))
    expect(line).not.toContain('\n')
  })

  test('are all in the help, which fits a terminal', () => {
    for (const flag of [
      'input',
      'output',
      'members',
      'rate',
      'kill-every',
      'duration',
      'data',
      'keep',
      'json',
      'help',
    ])
      expect(help).toContain(`--${flag}`)
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(88)
  })
})

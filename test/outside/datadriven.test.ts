import { describe, expect, test } from 'vitest'
import { FormatError, parseArguments, parseCases } from './datadriven.ts'

describe('a case file', () => {
  test('has directives with input and expected output; comments are skipped', () => {
    const source =
      '# why\npropose-conf-change 1 v1=true\nv3\n----\nok\n\n# next\nstatus 1\n----\n1: x\n2: y\n'
    expect(parseCases(source)).toEqual([
      {
        command: 'propose-conf-change',
        args: [
          { key: '1', values: [] },
          { key: 'v1', values: ['true'] },
        ],
        input: 'v3',
        expected: 'ok',
        line: 2,
        text: 'propose-conf-change 1 v1=true',
      },
      {
        command: 'status',
        args: [{ key: '1', values: [] }],
        input: '',
        expected: '1: x\n2: y',
        line: 8,
        text: 'status 1',
      },
    ])
  })

  test('may have blank lines in an output between doubled separators', () => {
    const [first, second] = parseCases('a\n----\n----\nx\n\ny\n----\n----\n\nb\n----\nz')
    expect(first!.expected).toBe('x\n\ny')
    expect(second).toMatchObject({ command: 'b', expected: 'z' })
  })

  test('may expect nothing', () => {
    expect(parseCases('a\n----\n\nb\n----\n').map(({ expected }) => expected)).toEqual(['', ''])
  })

  test('may wrap a directive', () => {
    expect(parseCases('a 1 \\\n  b=2\n----\nok')[0]!.args).toEqual([
      { key: '1', values: [] },
      { key: 'b', values: ['2'] },
    ])
  })

  test('is refused if a separator is missing', () => {
    expect(() => parseCases('a\nb\n')).toThrow(FormatError)
    expect(() => parseCases('a\n----\n----\nx\n')).toThrow(FormatError)
  })
})

test('arguments are plain, single values or lists', () => {
  expect(parseArguments('3 cfg=(1, 2,3) idx=(_,5) one=x none=() nested=(a,(b,c)) empty= last')).toEqual([
    { key: '3', values: [] },
    { key: 'cfg', values: ['1', '2', '3'] },
    { key: 'idx', values: ['_', '5'] },
    { key: 'one', values: ['x'] },
    { key: 'none', values: [] },
    { key: 'nested', values: ['a', '(b,c)'] },
    { key: 'empty', values: [''] },
    { key: 'last', values: [] },
  ])
  expect(() => parseArguments('cfg=(1,2')).toThrow(FormatError)
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Audit, audit } from './audit.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const input = ['{"n":1}', 'two', '{"n":3}', '{"n":4}', 'five']
const right = [
  '{"seq":1,"fence":2,"by":"m1","record":{"n":1}}',
  '{"seq":2,"fence":2,"by":"m1","record":"two"}',
  '{"seq":3,"fence":5,"by":"m2","record":{"n":3}}',
  '{"seq":4,"fence":5,"by":"m2","record":{"n":4}}',
] as const
const clean: Audit = {
  out: 4,
  duplicates: 0,
  gaps: 0,
  disorder: 0,
  altered: 0,
  foreign: 0,
  fenceDecreases: 0,
}

async function auditOf(lines: readonly string[], { claimed = 4, end = '\n' } = {}): Promise<Audit> {
  const directory = await temporaryDirectory()
  const [path, output] = [join(directory, 'input'), join(directory, 'output')]
  await writeFile(path, input.join('\n'))
  await writeFile(output, lines.length === 0 ? '' : lines.join('\n') + end)
  return audit({ path, bytes: Buffer.byteLength(input.join('\n')) }, output, claimed)
}

describe('the audit', () => {
  test('accepts the right output', async () => expect(await auditOf(right)).toEqual(clean))
  test('accepts an empty output of an empty input', async () =>
    expect(await auditOf([], { claimed: 0 })).toEqual({ ...clean, out: 0 }))

  const [one, two, three, four] = right
  test.each<[string, readonly string[], Partial<Audit>]>([
    ['a duplicate', [one, two, two, three, four], { out: 5, duplicates: 1 }],
    ['a late duplicate', [one, two, three, four, one], { out: 5, duplicates: 1, fenceDecreases: 1 }],
    ['a gap', [one, two, four], { out: 3, gaps: 1 }],
    ['a missing end', [one, two, three], { out: 3, gaps: 1 }],
    ['disorder', [one, three, two, four], { disorder: 1, fenceDecreases: 1 }],
    ['an altered record', [one, two.replace('two', 'too'), three, four], { altered: 1 }],
    [
      'a record under the number of another',
      [one, two, three.replace('"seq":3', '"seq":4')],
      { out: 3, gaps: 1, altered: 1 },
    ],
    ['a damaged line', [one, two.slice(4), three, four], { foreign: 1, gaps: 1 }],
    ['zeros', [one, '\0'.repeat(40), three, four], { foreign: 1, gaps: 1 }],
    ['an empty line', [one, two, '', three, four], { out: 5, foreign: 1 }],
    [
      'a line beyond the claimed records',
      [...right, '{"seq":5,"fence":5,"by":"m2","record":"five"}'],
      { out: 5, foreign: 1 },
    ],
    [
      'a fence that goes back',
      [one, two, three, four.replace('"fence":5', '"fence":4')],
      { fenceDecreases: 1 },
    ],
  ])('finds %s', async (_, lines, found) => expect(await auditOf(lines)).toEqual({ ...clean, ...found }))

  test('finds a torn last line', async () =>
    expect(await auditOf(right, { end: '' })).toEqual({ ...clean, foreign: 1, gaps: 1 }))
})

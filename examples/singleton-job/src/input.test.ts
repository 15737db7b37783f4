import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type InputRecord, jsonOf, readRecords } from './input.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function recordsOf(
  content: string | Buffer,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): Promise<InputRecord[]> {
  const path = join(await temporaryDirectory(), 'input')
  await writeFile(path, content)
  const records: InputRecord[] = []
  for await (const record of readRecords(path, from, to)) records.push(record)
  return records
}

const textsOf = async (content: string | Buffer): Promise<string[]> =>
  (await recordsOf(content)).map(({ text }) => text)

describe('records', () => {
  test('are the lines', async () => {
    expect(await recordsOf('one\ntwo\n')).toEqual([
      { start: 0, end: 4, text: 'one' },
      { start: 4, end: 8, text: 'two' },
    ])
  })

  test('an empty input has no records', async () => expect(await textsOf('')).toEqual([]))
  test('the last line needs no end', async () => expect(await textsOf('one\ntwo')).toEqual(['one', 'two']))
  test('empty lines are not records', async () =>
    expect(await textsOf('\n\none\n\r\n\ntwo\n\n')).toEqual(['one', 'two']))
  test('a line of spaces is a record', async () => expect(await textsOf('  \n')).toEqual(['  ']))
  test('CRLF ends a line too', async () =>
    expect(await textsOf('one\r\ntwo\r\nthree\r')).toEqual(['one', 'two', 'three']))
  test('a CR inside a line is part of the record', async () =>
    expect(await textsOf('a\rb\n')).toEqual(['a\rb']))
  test('a byte order mark at the start is not part of the record', async () =>
    expect(await textsOf('\uFEFF{"a":1}\n\uFEFFx\n')).toEqual(['{"a":1}', '\uFEFFx']))
  test('no other character ends a line', async () =>
    expect(await textsOf('a\u2028b\u2029c\u0085d\vé\n')).toEqual(['a\u2028b\u2029c\u0085d\vé']))

  test('a line may be longer than any buffer', async () => {
    const long = 'x'.repeat(200_000)
    expect(await textsOf(`a\n${long}\nb\n`)).toEqual(['a', long, 'b'])
  })

  test('reading can start at the end of any record, and stops at the given byte', async () => {
    const content = '\n{"n":1}\r\n\nzwölf\nlast'
    const all = await recordsOf(content)
    for (const [i, { end }] of all.entries()) {
      expect(await recordsOf(content, end)).toEqual(all.slice(i + 1))
      expect(await recordsOf(content, 0, end)).toEqual(all.slice(0, i + 1))
    }
  })
})

describe('a record in the output', () => {
  test.each(['{"a":1}', ' [1, 2] ', '12345678901234567890', '{"a":1,"a":2}', 'null', '"text"'])(
    'JSON stays as it is: %s',
    (text) => expect(jsonOf(text)).toBe(text),
  )
  test.each(['plain text', '{"a":', 'NaN', '{a:1}', 'tab\there'])(
    'anything else becomes a JSON string: %s',
    (text) => expect(JSON.parse(jsonOf(text))).toBe(text),
  )
})

// Each fault in docs/failure-modes.md has a test. The text of a link is a part of the test's title, so that the
// page cannot name a test that is gone.
import { join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

const page = 'docs/failure-modes.md'
const files = new Set(repositoryFiles())

/** The tests that a text names, as `[title](path)`. */
const testsIn = (text: string): [title: string, path: string][] =>
  [...text.matchAll(/\[([^[\]]+)\]\(([^()\s]+\.test\.ts)\)/g)].map(([, title, path]) => [
    title!,
    join('docs', path!),
  ])

/** The title is what a call of `it` or `test` has, or `.each` with its rows. */
const isTitleIn = (title: string, source: string): boolean =>
  source.split('\n').some((line) => /\b(?:it|test)\b|^\s*\]\)\(|\)\(/.test(line) && line.includes(title)) ||
  source.includes(`'${title}',`)

const rows = read(page)
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'))

it('docs/failure-modes.md has many faults', () => expect(rows.length).toBeGreaterThan(30))

it.each(rows.map((row) => [row.split('|')[1]!.trim(), row]))('%s: a test shows it', (_, row) =>
  expect(testsIn(row)).not.toEqual([]),
)

describe.each(testsIn(read(page)))('the test “%s”', (title, path) => {
  it(`is in ${path}`, () => {
    expect(files).toContain(path)
    expect(isTitleIn(title, read(path))).toBe(true)
  })
})

describe('a title', () => {
  const source = "it('opens the door', () => {})\n// closes the door\n"
  it('is found where it is one', () => expect(isTitleIn('opens the door', source)).toBe(true))
  it.each(['closes the door', 'paints the door'])('is not found: %s', (title) =>
    expect(isTitleIn(title, source)).toBe(false),
  )
})

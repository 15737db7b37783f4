import { expect, it } from 'vitest'
import { withSection } from './record.ts'

const document = '# Results\n\nAbout.\n\n## Writes\n\nmany\n\n## Reads\n\nmore\n'

it('a section replaces the one with its heading, and leaves the others', () => {
  expect(withSection(document, 'Writes', 'fewer\n')).toBe(
    '# Results\n\nAbout.\n\n## Writes\n\nfewer\n\n## Reads\n\nmore\n',
  )
  expect(withSection(document, 'Reads', 'fewer')).toBe(
    '# Results\n\nAbout.\n\n## Writes\n\nmany\n\n## Reads\n\nfewer\n',
  )
})

it('a new section comes last', () => {
  expect(withSection(document, 'Starts', '| a |\n')).toBe(`${document}\n## Starts\n\n| a |\n`)
})

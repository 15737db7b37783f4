import { expect, it } from 'vitest'
import { withSection } from './record.ts'

it('a section is added at the end, and replaced in its place', () => {
  const both = withSection(withSection('# Title\n', 'a', 'first'), 'b', 'second')
  expect(both).toBe(
    '# Title\n\n<!-- measured: a -->\n\nfirst\n\n<!-- end -->\n\n<!-- measured: b -->\n\nsecond\n\n<!-- end -->\n',
  )
  expect(withSection(both, 'a', 'third')).toBe(both.replace('first', 'third'))
})

it('a section without an end is left alone', () => {
  expect(() => withSection('<!-- measured: a -->\n\nother text', 'a', 'x')).toThrow(/has no end/)
})

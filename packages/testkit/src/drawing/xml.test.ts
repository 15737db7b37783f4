import { expect, test } from 'vitest'
import { element, textAt, withTitle, wrapped } from './xml.ts'

test('special characters in text are escaped', () => {
  expect(textAt(1, 2.345, 'a < b & "c"')).toBe('<text x="1" y="2.3">a &lt; b &amp; &quot;c&quot;</text>')
  expect(withTitle('<x>', element('line', { id: 'a"b' }))).toBe(
    '<g><title>&lt;x&gt;</title><line id="a&quot;b"/></g>',
  )
})

test('attributes without a value are left out', () => {
  expect(element('rect', { x: undefined, y: 0 })).toBe('<rect y="0"/>')
})

test('long lines are broken between words', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapped('incomprehensibilities', 7)).toEqual(['incomprehensibilities'])
})

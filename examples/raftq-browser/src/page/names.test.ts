import { expect, it } from 'vitest'
import { colourOf, colours, mintName, spoken } from './names.ts'

it('each name is unique, and the first eight tabs differ in colour', () => {
  const names: string[] = []
  for (let i = 0; i < 300; i++) names.push(mintName(names))
  expect(new Set(names).size).toBe(300)
  expect(new Set(names.slice(0, colours.length).map(colourOf)).size).toBe(colours.length)
})

it('a name contains its colour, and can be read aloud', () => {
  expect(colourOf('teal-heron')).toBe('teal')
  expect(spoken('teal-heron')).toBe('teal heron')
})

// docs/monitoring.md has the channels of members and the fields of their messages, with the comments of the
// source.
import { expect, it } from 'vitest'
import { memberChannels } from '../../packages/oarlock/src/index.ts'
import { read } from './files.ts'

const source = read('packages/runtime/src/ports/member-events.ts')

const declared = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+'(oarlock:member:\w+)': Of<\{([^}]*)\}>/g

const channels = [...source.matchAll(declared)].map(([, comment, name, fields]) => ({
  name: name!,
  comment: comment!.replace(/\s+(?:\* )?/g, ' ').trim(),
  fields: [...fields!.matchAll(/readonly (\w+):/g)].map(([, field]) => field!),
}))

it('the source has a comment and fields for each channel', () => {
  expect(channels.map(({ name }) => name)).toEqual(memberChannels)
  for (const { fields } of channels) expect(fields).not.toEqual([])
})

it('the page has a row for each channel', () => {
  const rows = channels.map(
    ({ name, fields, comment }) =>
      `| \`${name}\` | ${fields.map((field) => `\`${field}\``).join(', ')} | ${comment} |`,
  )
  const table = ['| channel | fields | |', '|:--|:--|:--|', ...rows].join('\n')
  expect(read('docs/monitoring.md')).toContain(table)
})

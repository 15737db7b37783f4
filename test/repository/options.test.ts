// The reference of options in the README of oarlock is made of the comments in member-options.ts, and the
// defaults that they name are those that join() uses.
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../packages/oarlock/src/member/options.ts'
import { read } from './files.ts'

interface Option {
  readonly name: string
  readonly text: string
  /** As the comment names it. Null: none. */
  readonly default: string | null
  readonly isOptional: boolean
}

const source = read('packages/oarlock/src/member/member-options.ts')

const options: readonly Option[] = [
  ...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)(\?)?:/g),
].map(([, comment, name, optional]) => {
  const lines = comment!.split('\n').map((line) => line.replace(/^\s*\*?\s*/, ''))
  const [, text, named] = /^(.*?)(?: Default:? (.+)\.)?$/.exec(lines.join(' ').trim())!
  return { name: name!, text: text!, default: named ?? null, isOptional: optional !== undefined }
})

const isValue = (text: string): boolean => /^['[\d]/.test(text) || text.includes('electionTimeout')
const cell = (text: string): string => (isValue(text) ? `\`${text}\`` : text)
const row = (option: Option): string =>
  `| \`${option.name}\` | ${option.isOptional ? cell(option.default ?? '–') : 'required'} | ${option.text} |`

it('the README of oarlock has the table of options that the source has', () => {
  const table = ['| option | default | |', '|:--|:--|:--|', ...options.map(row)].join('\n')
  expect(read('packages/oarlock/README.md')).toContain(table)
})

it('every option has a comment', () => {
  const declared = [...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name)
  expect(options.map(({ name }) => name)).toEqual(declared)
})

describe.each([500, 240])('with an election timeout of %i ms, the default of', (electionTimeout) => {
  const given: Readonly<Record<string, unknown>> = electionTimeout === 500 ? {} : { electionTimeout }
  const settings = resolveOptions({ id: 'a', peers: { a: '127.0.0.1:7401' }, data: 'data', ...given })
  const { config } = settings
  const used: Readonly<Record<string, unknown>> = {
    ...settings,
    ...config,
    kind: config.witness ? 'witness' : 'full',
    purpose: config.electionOnly ? 'election' : 'replication',
  }

  /** `electionTimeout / 5`, or a value in the syntax of JSON with single quotes. */
  function parsed(text: string): unknown {
    const [, times, divisor] = /^(?:(\d+) × )?electionTimeout(?: \/ (\d+))?$/.exec(text) ?? []
    if (times !== undefined || divisor !== undefined)
      return (electionTimeout * Number(times ?? 1)) / Number(divisor ?? 1)
    return JSON.parse(text.replaceAll("'", '"'))
  }

  const withValue = options.filter(
    (option) =>
      option.default !== null && isValue(option.default) && used[option.name] !== given[option.name],
  )
  it.each(withValue)('$name', (option) => expect(used[option.name]).toEqual(parsed(option.default!)))
  it('so many options', () => expect(withValue.length).toBeGreaterThanOrEqual(8))
})

// Each log line above debug has a name (`event`). The compiler demands one where a line is written. This
// holds that docs/monitoring.md has all names, that each is used, and that nobody gets around the compiler.
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

const list = 'packages/runtime/src/ports/log-event.ts'
const levels = ['info', 'warn', 'error'] as const

const events = levels.flatMap((level) => {
  const [, type] = new RegExp(`export type ${level}Event =\\n([\\s\\S]*?)\\n\\n`, 'i').exec(read(list))!
  return [...type!.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+\| '([\w-]+)'/g)].map(([, comment, name]) => ({
    level,
    name: name!,
    comment: comment!.replace(/\s+(?:\* )?/g, ' ').trim(),
  }))
})

const sources = repositoryFiles().filter(
  (path) => /^packages\/(?:runtime|oarlock|redis)\/src\/.*(?<!\.test)\.ts$/.test(path) && path !== list,
)

it('the page has a row for each name', () => {
  const rows = events.map(({ name, level, comment }) => `| \`${name}\` | ${level} | ${comment} |`)
  const table = ['| event | level | |', '|:--|:--|:--|', ...rows].join('\n')
  expect(read('docs/monitoring.md')).toContain(table)
})

it('there is each name once', () => {
  const names = events.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
  expect(names.length).toBeGreaterThan(40)
})

describe('a line is written', () => {
  const all = sources.map(read).join('\n')
  const written = new Set(
    [...all.matchAll(/\bevent(?::| =) [^\n]*/g)].flatMap(([line]) => line.match(/'[\w-]+'/g) ?? []),
  )
  it.each(events)('under the name $name', ({ name }) => expect(written).toContain(`'${name}'`))
})

it('nothing writes to a logger that demands no name, except those that pass lines on', () => {
  const untyped = sources.filter((path) =>
    /(?<![\w'./`])Logger\b(?!')/.test(read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
  )
  expect(untyped.toSorted()).toEqual([
    'packages/oarlock/src/isolated/isolated-member.ts',
    'packages/oarlock/src/isolated/join-isolated.ts',
    'packages/oarlock/src/isolated/worker-thread.ts',
    'packages/oarlock/src/node/stderr-logger.ts',
    'packages/oarlock/src/public-runtime.ts',
    'packages/runtime/src/callbacks/logger.ts',
    'packages/runtime/src/ports/logger.ts',
  ])
})

// The documents and the messages of programs name commands of npm that exist.
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** The scripts that a text calls, as `npm run name`, `npm test` or `npm start`. */
const scriptsIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm (?:run ([a-z][\w-]*(?::[\w-]+)*)|(test|start)\b)/g)].map(
    ([, run, short]) => run ?? short!,
  )

const unknownIn = (text: string): string[] => scriptsIn(text).filter((name) => !(name in scripts))

const files = repositoryFiles().filter(
  (path) =>
    /\.(?:md|ts|mjs)$/.test(path) &&
    path !== 'test/repository/commands.test.ts' &&
    !path.includes('workflows.test'),
)

it('the files name scripts', () => {
  const named = new Set(files.flatMap((path) => scriptsIn(read(path))))
  expect([...named].toSorted()).toEqual(
    expect.arrayContaining(['api', 'mutants', 'sim', 'sim:wal', 'start', 'test']),
  )
})

it('and all of these exist', () =>
  expect(files.flatMap((path) => unknownIn(read(path)).map((name) => `${path}: npm run ${name}`))).toEqual(
    [],
  ))

describe('a command', () => {
  it.each(['`npm run sim -- --seed 1`', 'npm run sim:wal', 'npm test -- packages/core', 'npm run'])(
    'that exists: %s',
    (text) => expect(unknownIn(text)).toEqual([]),
  )
  it.each(['npm run simm', '`npm run sim:disk`'])('that does not exist: %s', (text) =>
    expect(unknownIn(text)).toHaveLength(1),
  )
})

it('the examples that documents start have a start script, which installs what is missing', () => {
  const manifests = repositoryFiles()
    .filter((path) => /^examples\/[^/]+\/package\.json$/.test(path))
    .map((path) => JSON.parse(read(path)) as { name: string; scripts?: Record<string, string> })
  const named = files.flatMap((path) => [...read(path).matchAll(/npm start -w (@oarlock\/[\w-]+)/g)])
  expect(named.length).toBeGreaterThan(1)
  for (const [, name] of named)
    expect(manifests.find((manifest) => manifest.name === name)?.scripts?.start, name).toMatch(
      /^node \.\.\/\.\.\/scripts\/run\.mjs /,
    )
})

it('CONTRIBUTING.md names every script that a person runs', () => {
  const named = new Set(scriptsIn(read('CONTRIBUTING.md')))
  const forPeople = Object.keys(scripts).filter((name) => !/^(?:pre|release:)/.test(name))
  expect(forPeople.filter((name) => !named.has(name))).toEqual([])
})

// docs/paper-map.md is complete and up to date: its rows point at existing functions and tests, and it has
// every rule of the core that a mutant breaks, and every section that the packages name.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mutants } from '../mutation/mutants.ts'
import { read, repositoryFiles, root } from './files.ts'

type Work = 'paper' | 'thesis'

interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

interface Section {
  readonly work: Work
  readonly heading: string
  readonly rows: readonly Row[]
}

const page = 'docs/paper-map.md'
const shared = process.env.OARLOCK_SHARED ?? join(root, '../shared')
const outside = 'etcd-raft-testdata'
const outsideIsThere = existsSync(join(shared, outside))

// The page.

const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim())

function sectionsOf(text: string): Section[] {
  const sections: (Section & { readonly rows: Row[] })[] = []
  let work: Work | null = null
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('## ')) work = /thesis/i.test(line) ? 'thesis' : 'paper'
    else if (line.startsWith('### ')) sections.push({ work: work!, heading: line.slice(4), rows: [] })
    else if (line.startsWith('|')) {
      const isHeader = /^\| rule \| where \| test \|$/.test(line) && lines[at + 1] === '|---|---|---|'
      const isSeparator = line === '|---|---|---|' && lines[at - 1] === '| rule | where | test |'
      if (!isHeader && !isSeparator)
        sections.at(-1)!.rows.push({ line: at + 1, cells: cellsOf(line).slice(1, -1) })
    }
  }
  return sections
}

/** A file, with the declarations or the titles of tests that the page names in it. */
interface Reference {
  readonly path: string
  readonly names: string[]
  readonly titles: string[]
}

/** A cell holds only `file` `name` `name` or `file` “title”: anything else would not be checked. */
function referencesOf(cell: string): Reference[] {
  const references: Reference[] = []
  const rest = cell.replaceAll(/`([^`]+)`|“([^”]+)”/g, (_all, code?: string, title?: string) => {
    const last = references.at(-1)
    if (code !== undefined && /\.(?:ts|txt)$/.test(code))
      references.push({ path: code, names: [], titles: [] })
    else if (last === undefined) throw new Error(`there is no file before ${code ?? title}`)
    else if (code !== undefined) last.names.push(code)
    else last.titles.push(title!)
    return ''
  })
  if (!/^[\s,]*$/.test(rest)) throw new Error(`not understood: ${rest.trim()}`)
  if (references.length === 0) throw new Error('it points at nothing')
  return references
}

const namesIn = (cell: string): string[] => referencesOf(cell).flatMap(({ names }) => names)

/** Resolves a path on the page to a path from the root. */
function located(path: string): string {
  const places = ['packages/core/src', 'packages/core/test', '.'].map((folder) => join(folder, path))
  const found = places.filter(
    (place) => existsSync(join(root, place)) && statSync(join(root, place)).isFile(),
  )
  if (found.length !== 1) throw new Error(`${found.length === 0 ? 'no' : 'more than one'} file ${path}`)
  return found[0]!
}

// The targets of the page.

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Is `name`, or the member `Holder.member`, declared at the top level of a file? Relies on the formatter. */
function declares(source: string, name: string): boolean {
  const [holder, member] = name.split('.')
  const declaration = new RegExp(
    `^(?:export )?(?:(?:abstract|async) )?(?:function|class|interface|type|const) ${quoted(holder!)}\\b`,
    'm',
  ).exec(source)
  if (declaration === null || member === undefined) return declaration !== null
  const body = source.slice(declaration.index)
  const end = /^[})\]]/m.exec(body)?.index ?? 0
  const modifiers = '(?:(?:readonly|static|get|set|async|override|private|protected) )*'
  return new RegExp(`^ {2}${modifiers}${quoted(member)}(?![\\w$])`, 'm').test(body.slice(0, end))
}

/** Finds `it('title'`, `test.each(…)('title'` and so on, but not skipped tests and comments. */
function hasTest(source: string, title: string): boolean {
  const calls = new RegExp(`(?:\\b(?:it|test|describe)|\\))\\(\\s*(['"\`])${quoted(title)}\\1\\s*,`)
  return calls.test(source.replaceAll(/^\s*\/\/.*$/gm, ''))
}

function checkPlace({ path, names, titles }: Reference): void {
  const file = located(path)
  if (names.length === 0 || titles.length > 0) throw new Error(`say which function of ${path}`)
  for (const name of names)
    if (!declares(read(file), name)) throw new Error(`${name} is not declared in ${file}`)
}

function checkTest({ path, names, titles }: Reference): void {
  const isTest = path.endsWith('.test.ts')
  if (names.length > 0 || isTest !== titles.length > 0 || (!isTest && !path.endsWith('.txt')))
    throw new Error(`${path}: tests have titles, cases have none`)
  if (path.startsWith(`${outside}/`)) {
    if (outsideIsThere && !existsSync(join(shared, path))) throw new Error(`no case ${path}`)
    return
  }
  const file = located(path)
  for (const title of titles)
    if (!hasTest(read(file), title)) throw new Error(`${file} has no test “${title}”`)
}

function problemOf({ cells }: Row): string | null {
  const [rule = '', where = '', test = ''] = cells
  try {
    if (cells.length !== 3 || rule === '') throw new Error('a row is rule, where, test')
    referencesOf(where).forEach(checkPlace)
    referencesOf(test).forEach(checkTest)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** The tests that the prose between the tables names. */
function referencesInProse(text: string): Reference[] {
  const prose = text.replaceAll(/^\|.*$/gm, '').replaceAll(/\s+/g, ' ')
  return [...prose.matchAll(/`([^`]+\.test\.ts)` “([^”]+)”/g)].map(([, path, title]) => ({
    path: path!,
    names: [],
    titles: [title!],
  }))
}

// The sections that the sources name.

/** The sections and figures that a text names, as 'thesis §3.8', 'paper §5.2' (the default) or 'figure 2'. */
function namedIn(text: string): string[] {
  const flowing = text.replaceAll(/\n\s*(?:\/\/|\*)?\s*/g, ' ')
  const list = /(?:\b(paper|thesis) )?(§\d[\d.]*(?:, §\d[\d.]*)*)( of the thesis)?/gi
  const sections = [...flowing.matchAll(list)].flatMap(([, before, numbers, after]) => {
    const work = after === undefined ? (before ?? 'paper').toLowerCase() : 'thesis'
    return numbers!.split(', ').map((number) => `${work} ${number.replace(/\.$/, '')}`)
  })
  const figures = [...flowing.matchAll(/\bfigure (\d+)/gi)].map(([, number]) => `figure ${number}`)
  return [...sections, ...figures]
}

const text = read(page)
const sections = sectionsOf(text)

/** Is the section, or one of its subsections, in the map? */
function isMapped(named: string): boolean {
  if (named.startsWith('figure'))
    return sections.some(({ work, heading }) => work === 'paper' && namedIn(heading).includes(named))
  const [work, number] = named.split(' ')
  return sections.some((section) => {
    const own = /^§[\d.]+/.exec(section.heading)?.[0]
    return section.work === work && (own === number || own?.startsWith(`${number}.`))
  })
}

describe('the map', () => {
  it('has sections', () => {
    expect(sections.filter(({ work }) => work === 'paper').length).toBeGreaterThan(5)
    expect(sections.filter(({ work }) => work === 'thesis').length).toBeGreaterThan(5)
    const empty = sections.filter(({ rows, heading }) => rows.length === 0 && !heading.startsWith('Chapter'))
    expect(empty).toEqual([])
  })

  it.each(sections.filter(({ rows }) => rows.length > 0))(
    '$work, $heading: points at existing functions and tests',
    ({ rows }) => {
      const problems = rows.map((row) => ({ row, problem: problemOf(row) }))
      expect(
        problems.flatMap(({ row, problem }) => (problem === null ? [] : [`${page}:${row.line}: ${problem}`])),
      ).toEqual([])
    },
  )

  it('names only existing tests in its prose', () => {
    expect(referencesInProse(text)).not.toEqual([])
    for (const reference of referencesInProse(text)) checkTest(reference)
  })

  it('has every section and figure that the packages name', () => {
    const sources = repositoryFiles().filter((path) => /^packages\/.*\.ts$/.test(path))
    const named = sources.flatMap((path) => namedIn(read(path)).map((section) => ({ path, section })))
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter(({ section }) => !isMapped(section))).toEqual([])
  })

  it('has every function of the core that a mutant replaces', () => {
    const named = new Set(sections.flatMap(({ rows }) => rows).flatMap(({ cells }) => namesIn(cells[1]!)))
    const rules = mutants
      .flatMap(({ changes }) => changes)
      .flatMap((change) =>
        'name' in change && change.module.startsWith('packages/core/') ? change.name : [],
      )
    expect(new Set(rules).size).toBeGreaterThan(25)
    expect(rules.filter((rule) => !named.has(rule))).toEqual([])
  })

  if (!outsideIsThere)
    it.skip(`outside cases are not checked: there is no ${join(shared, outside)} (set OARLOCK_SHARED)`, () => {})
})

describe('a row is rejected when it points at', () => {
  const where = '`election/vote.ts` `candidateLogIsUpToDate`, `node/node.ts` `Node.#reset` `Node.promotable`'
  const test =
    '`election/vote.test.ts` “needs three of four”, `complete-config.test.ts` “refuses %j”, `test/outside/own/interaction/timeouts.txt`'
  const problem = (places: string, tests: string) =>
    problemOf({ line: 1, cells: cellsOf(`| a rule | ${places} | ${tests} |`).slice(1, -1) })

  it('nothing wrong: it is accepted', () => expect(problem(where, test)).toBe(null))

  it.each<[string, string, string, RegExp]>([
    ['no file', where.replace('election/', 'elections/'), test, /^no file elections\/vote\.ts$/],
    ['no function', where.replace('LogIsUp', 'LogWasUp'), test, /^candidateLogWasUpToDate is not declared/],
    ['no member', where.replace('#reset', '#forget'), test, /^Node\.#forget is not declared/],
    ['only the beginning of a name', where.replace('promotable', 'promo'), test, /is not declared/],
    ['an imported name', '`node/node.ts` `ProgressTracker`', test, /^ProgressTracker is not declared/],
    ['a whole file', '`node/node.ts`', test, /^say which function/],
    ['no place', '', test, /^it points at nothing$/],
    ['no test file', where, test.replace('vote.test', 'votes.test'), /^no file/],
    ['no test', where, test.replace('three of four', 'two of four'), /has no test “needs two of four”$/],
    ['a text that is not a test', where, '`election/vote.test.ts` “../types.ts”', /has no test/],
    ['a whole test file', where, '`election/vote.test.ts`', /^election\/vote\.test\.ts: tests have titles/],
    ['no case', where, test.replace('timeouts.txt', 'time-outs.txt'), /^no file/],
    ['prose', where, 'see the tests', /^not understood: see the tests$/],
    ['a fourth cell', where, `${test} | more`, /^a row is rule, where, test$/],
  ])('%s', (_what, places, tests, message) => expect(problem(places, tests)).toMatch(message))

  it.runIf(outsideIsThere)('no outside case', () => {
    expect(problem(where, `\`${outside}/interaction/campaign.txt\``)).toBe(null)
    expect(problem(where, `\`${outside}/interaction/campaigns.txt\``)).toMatch(/^no case/)
  })

  it('a skipped test', () => {
    expect(hasTest("it('a', () => {})", 'a')).toBe(true)
    expect(hasTest("it.each([1])(\n  'a',\n  () => {})", 'a')).toBe(true)
    expect(hasTest("it.skip('a', () => {})", 'a')).toBe(false)
    expect(hasTest("  // it('a', () => {})", 'a')).toBe(false)
  })
})

describe('sections in comments', () => {
  it.each([
    ['(§5.2). Default', ['paper §5.2']],
    ['(paper §5.2, §5.4.1; stickiness: thesis §4.2.3)', ['paper §5.2', 'paper §5.4.1', 'thesis §4.2.3']],
    ['§6.2 of the thesis', ['thesis §6.2']],
    ['leases (thesis\n// §6.4.1, §6.2)', ['thesis §6.4.1', 'thesis §6.2']],
    ['§5.4.2, thesis §6.4: a no-op', ['paper §5.4.2', 'thesis §6.4']],
    ['Figure 13, 6; §7.', ['paper §7', 'figure 13']],
  ])('are found: %j', (comment, found) => expect(namedIn(comment)).toEqual(found))

  it.each([
    ['paper §5', true],
    ['thesis §10.2.2', true],
    ['figure 8', true],
    ['thesis §5.2', false],
    ['paper §3.8', false],
    ['paper §9', false],
    ['thesis §10.9', false],
    ['figure 99', false],
  ])('%s: mapped %s', (section, mapped) => expect(isMapped(section)).toBe(mapped))
})

import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { mutants } from '../../../../test/mutation/mutants.ts'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { replaysOf } from '../../../../test/mutation/replays.ts'
import { commands } from './commands.ts'
import { readScenario, scenarioNames } from './files.ts'
import { parseScenario, rewritten, type ScenarioFile } from './format.ts'
import { firstDifference, perform } from './performance.ts'

describe('the scenario files say what happens', () => {
  test.each(scenarioNames())('%s', { timeout: 20_000 }, async (name) => {
    const file = readScenario(name)
    const performance = perform(file, await replaysOf(file))
    expect(performance.objection?.message).toBeUndefined()
    expect(firstDifference(file, performance)).toBeNull()
    const away = [...performance.replays].filter(([, { objection }]) => objection === null)
    expect(away.map(([mutant]) => mutant)).toEqual([])
  })
})

describe('a mutant with a scenario', () => {
  const scripted = mutants.filter(({ scenario }) => scenario !== null)

  test.each(scripted)('is caught there: $name', async ({ name, scenario }) => {
    const broken = await mutated<typeof import('./index.ts')>('packages/testkit/src/scenarios/index.ts', name)
    expect(broken.performUntilObjection(readScenario(scenario!)).objection).not.toBeNull()
  })

  it('is replayed there', () => {
    const unmentioned = scripted.filter(
      ({ name, scenario }) => !readScenario(scenario!).lines.includes(`replay with=${name}`),
    )
    expect(unmentioned.map(({ name }) => name)).toEqual([])
  })
})

const file = (...lines: string[]): ScenarioFile => parseScenario('f', ['# A title', ...lines].join('\n'))
const play = async (...lines: string[]): Promise<unknown> => {
  const played = file('cluster voters=(s1 s2 s3)', ...lines, '----')
  return perform(played, await replaysOf(played))
}

describe('an invalid file', () => {
  it.each<[string, string[], string]>([
    ['an unknown command', ['electt s1'], 'f.txt:3: there is no command electt; there are: cluster, '],
    ['a word too many', ['elect s1 s2'], 'f.txt:3: unknown words: s2'],
    ['an unknown argument', ['pass 5 quickly=yes'], 'f.txt:3: unknown words: quickly'],
    ['a word too few', ['elect s1', 'elect'], 'f.txt:4: a member is missing'],
    ['an unknown member', ['elect s4'], 'f.txt:3: there is no member s4; there are: s1 s2 s3'],
    ['an invalid number', ['pass soon'], 'f.txt:3: expected a number, got soon'],
    ['an unknown condition', ['until s1 sleeps'], 'f.txt:3: cannot wait until a member sleeps'],
    ['an invalid entry', ['until s1 has 3'], 'f.txt:3: expected an entry such as 3@2, got 3'],
    ['a member that is down', ['crash s1', 'propose s1 a'], 'f.txt:4: s1 is down'],
    ['a member that runs', ['start s1'], 'f.txt:3: s1 runs already'],
    ['nothing to compact', ['compact s1'], 'f.txt:3: s1 has nothing to take a snapshot of'],
    ['an unknown mutant', ['replay with=Z9'], 'f.txt:3: no mutant Z9; there are E1'],
    ['an unknown mark', ['back-to c'], 'f.txt:3: there is no mark c'],
    ['a second cluster', ['cluster voters=(s1)'], 'f.txt:3: there is a cluster already'],
  ])('%s', async (_what, lines, message) => expect(play(...lines)).rejects.toThrow(message))

  it('is reported with the place: no cluster', () => {
    expect(() => perform(file('', 'elect s1', '----'))).toThrow('f.txt:3: a scenario begins with a cluster')
  })

  it('is reported with the place: no end, no command, no title', () => {
    expect(() => file('elect s1')).toThrow('f.txt:2: no ---- after this command')
    expect(() => file('----')).toThrow('f.txt:2: no command before ----')
    expect(() => parseScenario('f', 'elect s1\n----')).toThrow('f.txt:1: a file begins with its title')
  })
})

describe('outputs', () => {
  const one = file('', 'cluster voters=(s1)', 'elect s1', '----', 'as it was', '', '# more', 'log', '----')
  const after = [
    '# A title',
    '',
    'cluster voters=(s1)',
    'elect s1',
    '----',
    's1 stands in term 1',
    's1 leads term 1, elected by s1',
    '',
    '# more',
    'log',
    '----',
    's1  nothing',
    '',
  ].join('\n')

  it('are rewritten, and nothing else is', () => {
    expect(rewritten(one, perform(one).outputs)).toBe(after)
  })

  it('that differ are shown with their place', () => {
    expect(firstDifference(one, perform(one))).toBe(
      'f.txt:6, after elect s1\n  file      as it was\n  happened  s1 stands in term 1',
    )
    expect(firstDifference(parseScenario('f', after), perform(parseScenario('f', after)))).toBeNull()
  })

  it('end with the objection of a checker', () => {
    const { outputs, objection } = perform(file('cluster voters=(s1 s2)', 'until s1 leads', 'log', '----'))
    expect(objection?.checker).toBe('HEAL')
    expect(outputs).toEqual([['HEAL: within 1000 ms it did not happen that s1 leads']])
  })
})

test('going back plays the same again', () => {
  const { outputs } = perform(
    file(
      ...['cluster voters=(s1 s2 s3)', 'elect s1', 'mark led', 'pass 5', 'crash s1', 'elect s2', '----', ''],
      ...['back-to led', 'state s1', '----'],
    ),
  )
  expect(outputs[1]).toEqual(['s1  leads term 1, commit 0, counts s1 s2 s3'])
})

test('scenarios/README.md describes every command and no other', () => {
  const page = readFileSync(new URL('../../scenarios/README.md', import.meta.url), 'utf8')
  const described = [...page.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z-]+)[^`]*`/g)].map(([, name]) => name!),
  )
  const own = ['mark', 'back-to', 'replay']
  expect(described.toSorted()).toEqual([...Object.keys(commands), ...own].toSorted())
})

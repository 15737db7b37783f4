import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { mutants } from '../../../../test/mutation/mutants.ts'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { replaysOf } from '../../../../test/mutation/replays.ts'
import { commands } from './commands.ts'
import { readScenario, scenarioNames } from './files.ts'
import { parseScenario, rewritten, type ScenarioFile } from './format.ts'
import { firstDifference, perform } from './performance.ts'

describe('what happens is what the file says', () => {
  test.each(scenarioNames())('%s', { timeout: 20_000 }, async (name) => {
    const file = readScenario(name)
    const performance = perform(file, await replaysOf(file))
    expect(performance.objection?.message).toBeUndefined()
    expect(firstDifference(file, performance)).toBeNull()
    const away = [...performance.replays].filter(([, { objection }]) => objection === null)
    expect(away.map(([mutant]) => mutant)).toEqual([])
  })
})

describe('a mutant that has a scenario', () => {
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

describe('a file that is wrong', () => {
  it.each<[string, string[], string]>([
    ['a command that is unknown', ['electt s1'], 'f.txt:3: there is no command electt; there are: cluster, '],
    ['a word too many', ['elect s1 s2'], 'f.txt:3: not understood: s2'],
    ['an argument that is unknown', ['pass 5 quickly=yes'], 'f.txt:3: not understood: quickly'],
    ['a word too few', ['elect s1', 'elect'], 'f.txt:4: a member is missing'],
    ['a member that is not there', ['elect s4'], 'f.txt:3: there is no member s4; there are: s1 s2 s3'],
    ['a number that is none', ['pass soon'], 'f.txt:3: a number was expected, not soon'],
    ['a condition that is unknown', ['until s1 sleeps'], 'f.txt:3: nobody can wait until a member sleeps'],
    ['an entry that is none', ['until s1 has 3'], 'f.txt:3: an entry such as 3@2 was expected, not 3'],
    ['a member that is down', ['crash s1', 'propose s1 a'], 'f.txt:4: s1 is down'],
    ['a member that is not', ['start s1'], 'f.txt:3: s1 runs already'],
    ['nothing to compact', ['compact s1'], 'f.txt:3: s1 has nothing to take a snapshot of'],
    ['a mutant that is not there', ['replay with=Z9'], 'f.txt:3: no mutant Z9; there are E1'],
    ['a mark that is not there', ['back-to c'], 'f.txt:3: nothing is marked c'],
    ['a second cluster', ['cluster voters=(s1)'], 'f.txt:3: there is a cluster already'],
  ])('%s', async (_what, lines, message) => expect(play(...lines)).rejects.toThrow(message))

  it('says so with its place: no cluster', () => {
    expect(() => perform(file('', 'elect s1', '----'))).toThrow('f.txt:3: a scenario begins with a cluster')
  })

  it('says so with its place: no end, no command, no title', () => {
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

  it('are written anew, and nothing else', () => {
    expect(rewritten(one, perform(one).outputs)).toBe(after)
  })

  it('that differ are shown with their place', () => {
    expect(firstDifference(one, perform(one))).toBe(
      'f.txt:6, after elect s1\n  it says   as it was\n  there is  s1 stands in term 1',
    )
    expect(firstDifference(parseScenario('f', after), perform(parseScenario('f', after)))).toBeNull()
  })

  it('end where a checker objects', () => {
    const { outputs, objection } = perform(file('cluster voters=(s1 s2)', 'until s1 leads', 'log', '----'))
    expect(objection?.checker).toBe('HEAL')
    expect(outputs).toEqual([['HEAL: in 1000 ms it never came that s1 leads']])
  })
})

test('to go back plays the same again', () => {
  const { outputs } = perform(
    file(
      ...['cluster voters=(s1 s2 s3)', 'elect s1', 'mark led', 'pass 5', 'crash s1', 'elect s2', '----', ''],
      ...['back-to led', 'state s1', '----'],
    ),
  )
  expect(outputs[1]).toEqual(['s1  leads term 1, commit 0, counts s1 s2 s3'])
})

test('scenarios/README.md describes every command, and no other', () => {
  const page = readFileSync(new URL('../../scenarios/README.md', import.meta.url), 'utf8')
  const described = [...page.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z-]+)[^`]*`/g)].map(([, name]) => name!),
  )
  const own = ['mark', 'back-to', 'replay']
  expect(described.toSorted()).toEqual([...Object.keys(commands), ...own].toSorted())
})

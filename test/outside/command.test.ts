// npm run outside over a folder of one's own cases: a problem of one file is reported in its line, and the
// other files run all the same.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { outside } from './command.ts'
import { CaseNode } from './node.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oarlock-outside-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(...args: string[]): { code: number; said: string[]; complained: string[] } {
  const said: string[] = []
  const complained: string[] = []
  const code = outside(
    args,
    (text) => said.push(stripVTControlCharacters(text)),
    (text) => complained.push(text),
  )
  return { code, said, complained }
}

const good = 'vote cfg=(1) votes=(y)\n----\nVoteWon\n'
const node = 'add-nodes 1 voters=(1) index=2\n----\nok\n\n'

describe('a file that', () => {
  test.each([
    ['lacks a ----', 'campaign 1\nok\n', '1: campaign 1: it is not followed by ---- and its output'],
    [
      'lacks a ---- before the next directive',
      `log-level none\n----\nok\n\n${node}campaign 1\n\nstatus 1\n----\nok\n`,
      '9: campaign 1\n  it takes no input; is a ---- missing above status 1?',
    ],
    [
      'does not end an output with blank lines',
      `${good}\nstatus 1\n----\n----\nx\n`,
      '5: status 1: its output does not end with two ---- lines',
    ],
    [
      'leaves a parenthesis open',
      `# why\n\n${good}\nvote cfg=(1,2 votes=(y)\n----\nVoteWon\n`,
      '7: unclosed parenthesis: (1,2 votes=(y)',
    ],
    ['has an argument without a name', 'status =1\n----\nok\n', '1: no argument at: =1'],
    ['has an unknown command', 'sleep 1\n----\nok\n', '1: sleep 1\n  there is no command sleep'],
    [
      'has the name of a property for a command',
      'constructor\n----\nok\n',
      '1: constructor\n  there is no command constructor',
    ],
    ['mixes kinds', `${good}\ncampaign 1\n----\nok\n`, '5: campaign 1\n  there is no command campaign'],
    [
      'has an unknown option',
      'campaign 1 force=true\n----\nok\n',
      '1: campaign 1 force=true\n  there is no option force',
    ],
    ['has one argument too many', 'campaign 1 2\n----\nok\n', '1: campaign 1 2\n  there is no argument 2'],
    ['has one argument too few', 'campaign\n----\nok\n', '1: campaign\n  no node given'],
    [
      'has a word for a number',
      'add-nodes many\n----\nok\n',
      '1: add-nodes many\n  count must be a whole number, not many',
    ],
    ['names a node that does not exist', 'campaign 3\n----\nok\n', '1: campaign 3\n  there is no node 3'],
    [
      'has an unknown option of a quorum case',
      'vote cfg=(1) idx=(1)\n----\nVoteWon\n',
      '1: vote cfg=(1) idx=(1)\n  there is no option idx',
    ],
    [
      'has an unknown option of a change',
      'simple autoleave=true\nv1\n----\nok\n',
      '1: simple autoleave=true\n  there is no option autoleave',
    ],
    ['is empty', '', ' it contains no case'],
    ['holds comments only', '# later\n', ' it contains no case'],
    [
      'expects another output',
      'vote cfg=(1) votes=(n)\n----\nVoteWon\n',
      '1: vote cfg=(1) votes=(n)\n  expected\n    VoteWon\n  got\n    VoteLost',
    ],
  ])('%s fails, with its line and the reason', (_what, text, reason) => {
    writeFileSync(join(folder, 'a.txt'), good)
    writeFileSync(join(folder, 'b.txt'), text)
    writeFileSync(join(folder, 'c.txt'), good)
    expect(run(folder)).toEqual({
      code: 1,
      said: [
        'ok       a.txt (1 directive)',
        `FAILED   b.txt:${reason}`,
        'ok       c.txt (1 directive)',
        '2 ok, 1 failed',
      ],
      complained: [],
    })
  })

  test('makes the core throw fails, with the place where it was thrown', () => {
    vi.spyOn(CaseNode.prototype, 'step').mockImplementation(() => {
      throw new RangeError('never mind')
    })
    writeFileSync(join(folder, 'a.txt'), `${node}campaign 1\n----\nok\n`)
    writeFileSync(join(folder, 'b.txt'), good)
    try {
      const { code, said } = run(folder)
      expect(code).toBe(1)
      expect(said[0]).toMatch(/^FAILED {3}a\.txt:5: campaign 1\n {2}it throws RangeError: never mind\n +at /)
      expect(said.slice(1)).toEqual(['ok       b.txt (1 directive)', '1 ok, 1 failed'])
    } finally {
      vi.restoreAllMocks()
    }
  })

  test('cannot be read fails', () => {
    mkdirSync(join(folder, 'a.txt'))
    writeFileSync(join(folder, 'b.txt'), good)
    const { code, said } = run(folder)
    expect(code).toBe(1)
    expect(said[0]).toMatch(/^FAILED {3}a\.txt: .*EISDIR/)
    expect(said.at(-1)).toBe('1 ok, 1 failed')
  })

  test('ends its lines as on Windows passes like any other', () => {
    writeFileSync(join(folder, 'a.txt'), good.replaceAll('\n', '\r\n'))
    expect(run(folder).code).toBe(0)
  })
})

describe('the arguments', () => {
  test('may be one file', () => {
    const file = join(folder, 'one.txt')
    writeFileSync(file, good)
    expect(run(file)).toEqual({
      code: 0,
      said: ['ok       one.txt (1 directive)', '1 ok, 0 failed'],
      complained: [],
    })
  })

  test.each(['--help', '-h'])('%s says what it does', (option) => {
    const { code, said, complained } = run(option)
    expect({ code, complained }).toEqual({ code: 0, complained: [] })
    expect(said.join('\n')).toContain('npm run outside -- DIR')
  })

  test.each([
    [[], 'no folder of cases was given'],
    [['/no/such/folder'], 'there is no /no/such/folder'],
    [['--fast', '.'], 'there is no option --fast'],
    [['a', 'b'], 'only one folder or file can be given, not a b'],
  ])('%j are refused in one line', (args, why) => {
    expect(run(...args)).toEqual({
      code: 2,
      said: [],
      complained: [`${why} (npm run outside -- --help)`],
    })
  })

  test('a folder without cases is refused in one line', () => {
    writeFileSync(join(folder, 'README.md'), '')
    expect(run(folder)).toEqual({
      code: 2,
      said: [],
      complained: [`there is no case file (*.txt) in ${folder} (npm run outside -- --help)`],
    })
  })
})

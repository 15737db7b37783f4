// The whole command: the examples of its help work, and mistakes are reported in words.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { main } from './main.ts'
import { usage } from './usage.ts'

const broken = (mutant: string) =>
  mutated<typeof import('./main.ts')>('packages/testkit/src/commands/main.ts', mutant)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oarlock-sim-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As `npm run sim` does. */
async function run(
  ...words: readonly string[]
): Promise<{ code: number; said: string; complained: readonly string[] }> {
  const said: string[] = []
  const complained: string[] = []
  const at = words.indexOf('--mutant')
  const args = at === -1 ? words : words.toSpliced(at, 2)
  const command = at === -1 ? main : (await broken(words[at + 1]!)).main
  const code = await command(
    args,
    (text) => said.push(stripVTControlCharacters(text)),
    (text) => complained.push(text),
  )
  return { code, said: said.join('\n'), complained }
}

/** The arguments in an example of the help. Files are put into the folder of the test. */
const [, listed = ''] = stripVTControlCharacters(usage()).split(/^examples$/m)
const examples = [...listed.matchAll(/^ {2}npm run sim -- (.+)$/gm)].map(([, args]) => args!)

const inFolder = (example: string): readonly string[] =>
  example.split(' ').map((word) => (/\.(html|svg)$/.test(word) ? join(folder, word) : word))

describe('an example of the help', () => {
  test('exists for many seeds, one seed, a scenario and a mutant', () => {
    const options = ['--seeds', '--verify', '--scenario', '--mutant', '--shrink', '--draw']
    for (const option of options) expect(examples.join('\n')).toContain(option)
  })

  test.each(examples.filter((example) => !example.includes('--seeds')))(
    '%s',
    { timeout: 60_000 },
    async (example) => {
      const { code, said, complained } = await run(...inFolder(example))
      expect(complained).toEqual([])
      expect(code).toBe(example.includes('--mutant') ? 1 : 0)
      if (example.includes('--verify')) expect(said).toMatch(/^the same again: fingerprint [0-9a-f]+$/m)
      if (example.includes('--shrink')) expect(said).toMatch(/^the same run, made short/m)
      const file = /--draw (\S+)/.exec(example)?.[1]
      expect(readdirSync(folder)).toEqual(file === undefined ? [] : [file])
      if (file === undefined) return
      expect(said).toContain(`drawn: ${join(folder, file)}`)
      expect(readFileSync(join(folder, file), 'utf8')).toMatch(/<svg[\s\S]*<\/svg>/)
    },
  )
})

test.each(['--help', '-h'])('%s lists the options', async (option) => {
  expect(await run(option)).toEqual({ code: 0, said: stripVTControlCharacters(usage()), complained: [] })
})

describe('a drawing that cannot be written', () => {
  const seed = ['--seed', '12', '--draw'] as const
  const hint = '\n(npm run sim -- --help lists the options)'

  test('is refused before the run if its folder does not exist', async () => {
    const file = join(folder, 'nowhere', 'run.html')
    expect(await run(...seed, file)).toEqual({
      code: 2,
      said: '',
      complained: [`--draw ${file}: there is no folder ${join(folder, 'nowhere')}${hint}`],
    })
  })

  test('is refused before the run if a folder has its name', async () => {
    const file = join(folder, 'run.html')
    mkdirSync(file)
    expect(await run(...seed, file)).toEqual({
      code: 2,
      said: '',
      complained: [`--draw ${file}: it is a folder${hint}`],
    })
  })

  test('is refused for a scenario too', async () => {
    const file = join(folder, 'nowhere', 'run.svg')
    const { code, complained } = await run('--scenario', 'figure-7', '--draw', file)
    expect({ code, complained }).toMatchObject({ code: 2, complained: [expect.stringContaining(file)] })
  })
})

test('kept numbers that the run does not have are reported, with those that it has', async () => {
  const { code, said } = await run('--seed', '12', '--keep', 'faults=1,900-902', '--keep', 'reads=all')
  expect(code).toBe(0)
  expect(said).toMatch(/^--keep faults=900-902 keeps nothing: this run has faults 1 to \d+$/m)
  expect((await run('--seed', '12', '--keep', 'faults=1')).said).not.toContain('--keep')
})

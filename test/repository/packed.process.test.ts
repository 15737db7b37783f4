// The packages as npm would publish them: packed, then judged by publint and by "are the types wrong?"
// (attw).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read, repositoryFiles, root } from './files.ts'

/**
 * The packages are ES modules only, and a CommonJS file of TypeScript (`node16-cjs`) must load them by
 * `import()`. Node itself can `require()` them from 22.12 on. `node10` is the resolution of TypeScript before
 * 4.7, which knows no `exports`.
 */
const unsupported = ['node16-cjs', 'node10']

const folders = repositoryFiles().flatMap(
  (path) => /^packages\/[^/]+(?=\/package\.json$)/.exec(path)?.[0] ?? [],
)
const packages = folders.filter((folder) => JSON.parse(read(`${folder}/package.json`)).private !== true)

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

async function objectionsOfPublint(tarball: Uint8Array): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

async function objectionsOfAttw(tarball: Uint8Array): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(tarball))
  if (!checked.types) return ['it has no types']
  return checked.problems
    .filter((problem) => !('resolutionKind' in problem && unsupported.includes(problem.resolutionKind)))
    .map((problem) => JSON.stringify(problem))
}

describe('the packages, packed', () => {
  const target = mkdtempSync(join(tmpdir(), 'oarlock-packed-'))
  let packed: Packed[] = []
  const of = (folder: string) => packed[packages.indexOf(folder)]!
  const tarballOf = (folder: string) => readFileSync(join(target, of(folder).filename))

  beforeAll(() => {
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...packages])
    const workspaces = packages.flatMap((folder) => ['--workspace', folder])
    packed = JSON.parse(
      run('npm', ['pack', '--offline', '--json', '--pack-destination', target, ...workspaces]),
    )
  })
  afterAll(() => rmSync(target, { recursive: true, force: true }))

  it('are all there', () => expect(packed).toHaveLength(packages.length))

  describe.each(packages)('%s', (folder) => {
    it('passes publint', async () => expect(await objectionsOfPublint(tarballOf(folder))).toEqual([]))
    it('has the right types', async () => expect(await objectionsOfAttw(tarballOf(folder))).toEqual([]))
    it('carries its README, its licence and its sources', () => {
      const files = of(folder).files.map(({ path }) => path)
      expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'src/index.ts', 'dist/index.js']))
    })
    it('carries no test', () => {
      const files = of(folder).files.map(({ path }) => path)
      expect(files.filter((path) => /\.test\.|^test\//.test(path))).toEqual([])
    })
    it('carries no mutants, no fixtures and no simulated disks', () => {
      const sources = of(folder).files.map(({ path }) => path.toLowerCase())
      const tools = folder === 'packages/testkit' ? /mutant|fixture/ : /mutant|fixture|simulat/
      expect(sources.filter((path) => path.startsWith('src/') && tools.test(path))).toEqual([])
    })
  })
})

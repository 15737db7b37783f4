// Imports go one way, type imports included: no circles of files, no circles of folders, and packages import
// only those below.
import { dirname } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from '../files.ts'
import { circlesIn, folderCirclesIn, importsOfCircle } from './circles.ts'
import { entriesOf, graphOf } from './graph.ts'
import { below, isTest, upwardImport } from './layers.ts'

const workspaces = repositoryFiles()
  .filter((path) => path.endsWith('/package.json'))
  .map((path) => [dirname(path), JSON.parse(read(path))] as const)
const manifests = workspaces.filter(([folder]) => /^packages\/[^/]+$/.test(folder))
const nameOf = new Map(manifests.map(([folder, { name }]) => [folder, name as string]))
const packageOf = (file: string) => nameOf.get(/^packages\/[^/]+/.exec(file)?.[0] ?? '')

const sources = repositoryFiles().filter((path) => /(?<!\.d)\.[mc]?[jt]sx?$/.test(path))
const graph = graphOf(sources, entriesOf(workspaces, sources), read)

describe('the import graph', () => {
  it('spans the repository', () => {
    expect(graph.size).toBeGreaterThan(500)
    expect(graph.get('packages/core/src/index.ts')).toContain('packages/core/src/raft.ts')
    expect(graph.get('test/repository/imports/imports.test.ts')).toContain('test/repository/files.ts')
    const acrossPackages = [...graph].filter(([file, to]) =>
      [...to].some((other) => packageOf(other) !== packageOf(file)),
    )
    expect(acrossPackages.length).toBeGreaterThan(100)
  })

  it('has no circle of files', () => {
    const circles = circlesIn(graph).map((circle) => importsOfCircle(graph, circle))
    expect(circles).toEqual([])
  })

  it('has no circle of folders', () => {
    const withoutTests = new Map([...graph].filter(([file]) => !isTest(file)))
    const folders = sources.flatMap(
      (file) => /^(?:packages|examples)\/[^/]+\/src(?=\/)/.exec(file)?.[0] ?? [],
    )
    const circles = [...new Set(folders)].flatMap((folder) => folderCirclesIn(withoutTests, folder))
    expect(circles.map((circle) => importsOfCircle(withoutTests, circle))).toEqual([])
  })

  it('points down from package to package, and out of none of them', () => {
    const problems = [...graph].flatMap(([file, imported]) => {
      const from = packageOf(file)
      if (from === undefined || isTest(file)) return []
      return [...imported].flatMap((other) => {
        const to = packageOf(other)
        const problem = to === undefined ? `${from} must not import ${other}` : upwardImport(from, to)
        return problem === null ? [] : [`${file}: ${problem}`]
      })
    })
    expect(problems).toEqual([])
  })

  it('reaches no test from a source', () => {
    const problems = [...graph].flatMap(([file, imported]) =>
      packageOf(file) === undefined || isTest(file)
        ? []
        : [...imported].filter(isTest).map((test) => `${file} imports ${test}`),
    )
    expect(problems).toEqual([])
  })
})

describe('the layers', () => {
  it('know every package', () => {
    const published = manifests.filter(([, manifest]) => !manifest.private)
    expect(published.map(([, { name }]) => name as string).filter((name) => !(name in below))).toEqual([])
  })

  it('are what the manifests depend on', () => {
    const problems = manifests.flatMap(([folder, { name, dependencies = {}, peerDependencies = {} }]) =>
      Object.keys({ ...dependencies, ...peerDependencies })
        .filter((dependency) => dependency in below)
        .flatMap((dependency) => upwardImport(name, dependency) ?? [])
        .map((problem) => `${folder}/package.json: ${problem}`),
    )
    expect(problems).toEqual([])
  })

  it.each([
    ['@oarlock/core', 'oarlock'],
    ['@oarlock/raftq', 'oarlock'],
    ['oarlock', '@oarlock/redis'],
    ['oarlock', '@oarlock/testkit'],
    ['@oarlock/none', '@oarlock/core'],
  ])('refuse %s importing %s', (from, to) => expect(upwardImport(from, to)).toMatch(/must not|no row/))

  it.each([
    ['@oarlock/core', '@oarlock/core'],
    ['@oarlock/redis', 'oarlock'],
  ])('allow %s importing %s', (from, to) => expect(upwardImport(from, to)).toBe(null))
})

// What every package of the workspace has in common.
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

interface Manifest {
  readonly name: string
  readonly license?: string
  readonly type?: string
  readonly private?: boolean
  readonly exports?: { readonly '.': Record<string, string> }
  readonly dependencies?: Record<string, string>
}

const manifests = repositoryFiles()
  .filter((path) => /^(?:(?:packages|examples)\/[^/]+\/)?package\.json$/.test(path))
  .map((path) => ({ path, manifest: JSON.parse(read(path)) as Manifest }))

it('the packages are found', () => {
  expect(manifests.map(({ manifest }) => manifest.name)).toEqual(
    expect.arrayContaining(['oarlock-workspace', '@oarlock/core', 'oarlock', '@oarlock/testkit']),
  )
})

describe.each(manifests)('$path', ({ path, manifest }) => {
  it('is under the MIT licence', () => expect(manifest.license).toBe('MIT'))
  it('is made of ES modules', () => expect(manifest.type).toBe('module'))
  it('is known to the lock file, without which npm ci refuses', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Manifest> }
    const locked = packages[path.replace(/\/?package\.json$/, '')]
    expect(locked?.name ?? manifest.name).toBe(manifest.name)
    expect(locked?.dependencies).toEqual(manifest.dependencies)
  })
})

describe.each(manifests.filter(({ path }) => path.startsWith('packages/')))('$path', ({ path, manifest }) => {
  it('runs from its sources under our condition, else from dist', () => {
    const entry = manifest.exports?.['.'] ?? {}
    expect(Object.keys(entry)).toEqual(['@oarlock/source', 'types', 'default'])
    expect(repositoryFiles()).toContain(join(dirname(path), entry['@oarlock/source'] ?? ''))
    expect(entry.default).toMatch(/^\.\/dist\//)
  })
})

it('the licence is there in full', () => expect(read('LICENSE')).toMatch(/^MIT License\n/))

it('the core depends on nothing, and oarlock and raftq on the core alone', () => {
  const dependencies = (name: string) =>
    Object.keys(manifests.find(({ manifest }) => manifest.name === name)?.manifest.dependencies ?? {})
  expect(dependencies('@oarlock/core')).toEqual([])
  expect(dependencies('oarlock')).toEqual(['@oarlock/core'])
  expect(dependencies('@oarlock/raftq')).toEqual(['@oarlock/core'])
})

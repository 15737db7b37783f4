// The properties that all packages of the workspace share.
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

interface Manifest {
  readonly name: string
  readonly license?: string
  readonly type?: string
  readonly private?: boolean
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly homepage?: string
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string }
  readonly bugs?: string
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean }
  readonly exports?: Record<string, unknown>
  readonly main?: string
  readonly types?: string
  readonly typesVersions?: unknown
  readonly files?: readonly string[]
  readonly dependencies?: Record<string, string>
}

const manifests = repositoryFiles()
  .filter((path) => /^(?:(?:packages|examples)\/[^/]+\/)?package\.json$/.test(path))
  .map((path) => ({ path, manifest: JSON.parse(read(path)) as Manifest }))

it('the packages are found', () => {
  expect(manifests.map(({ manifest }) => manifest.name)).toEqual(
    expect.arrayContaining([
      'oarlock-workspace',
      '@oarlock/core',
      '@oarlock/runtime',
      'oarlock',
      '@oarlock/testkit',
    ]),
  )
})

describe.each(manifests)('$path', ({ path, manifest }) => {
  it('is under the MIT licence', () => expect(manifest.license).toBe('MIT'))
  it('has ES modules', () => expect(manifest.type).toBe('module'))
  it('is in the lock file as it is, because npm ci needs that', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Manifest> }
    const locked = packages[path.replace(/\/?package\.json$/, '')]
    expect(locked?.name ?? manifest.name).toBe(manifest.name)
    expect(locked?.dependencies).toEqual(manifest.dependencies)
  })
})

describe.each(manifests.filter(({ path }) => path.startsWith('packages/')))('$path', ({ path, manifest }) => {
  const subpaths = Object.keys(manifest.exports ?? {})

  it.each(subpaths)(
    '%s runs from its sources under our condition, else as an ES module or as CommonJS',
    (subpath) => {
      const entry = manifest.exports?.[subpath] as Record<string, unknown>
      const source = String(entry['@oarlock/source'])
      expect(repositoryFiles()).toContain(join(dirname(path), source))
      const built = (folder: string) => {
        const place = source.replace('./src/', `./${folder}/`).slice(0, -'.ts'.length)
        return { types: `${place}.d.ts`, default: `${place}.js` }
      }
      // Node takes the first one, for import and for require, so that it never loads both. The order counts.
      expect(Object.entries(entry).slice(1)).toEqual([
        ['module-sync', built('dist')],
        ['import', built('dist')],
        ['require', built('cjs')],
      ])
    },
  )

  it('has its types where TypeScript looks that knows no exports', () => {
    const others = subpaths.filter((subpath) => subpath !== '.').map((subpath) => subpath.slice('./'.length))
    const typesOf = (subpath: string) => {
      const entry = manifest.exports?.[`./${subpath}`] as { require: { types: string } }
      return [entry.require.types]
    }
    expect(manifest).toMatchObject({ main: './cjs/index.js', types: './cjs/index.d.ts' })
    expect(manifest.typesVersions).toEqual(
      others.length === 0
        ? undefined
        : { '*': Object.fromEntries(others.map((name) => [name, typesOf(name)])) },
    )
  })

  it('publishes what was built, and its sources', () =>
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'cjs', 'src'])))
})

/**
 * The address of the repository is defined once: in the package.json at the root. Everything else follows it.
 */
const { repository, homepage, bugs } = JSON.parse(read('package.json')) as Manifest
const address = homepage!.replace('#readme', '')

describe('the address of the repository', () => {
  it('is the same in every field at the root', () => {
    expect(repository).toEqual({ type: 'git', url: `git+${address}.git` })
    expect({ homepage, bugs }).toEqual({ homepage: `${address}#readme`, bugs: `${address}/issues` })
  })

  it('is the same wherever a file names it', () => {
    const [owner, name] = new URL(address).pathname.slice(1).split('/')
    const named = new RegExp(`github\\.com/[\\w-]+/${name}(?![\\w-])`, 'g')
    const others = repositoryFiles()
      .filter((path) => /\.(?:md|json|yml|ts|mjs)$/.test(path))
      .flatMap((path) => (read(path).match(named) ?? []).map((found) => `${path}: ${found}`))
      .filter((found) => !found.endsWith(`: github.com/${owner}/${name}`))
    expect(others).toEqual([])
  })
})

const published = manifests.filter(
  ({ path, manifest }) => path.startsWith('packages/') && manifest.private !== true,
)

describe.each(published)('$path, as npm shows it,', ({ path, manifest }) => {
  const folder = dirname(path)

  it('says where it comes from and where its bugs go', () => {
    expect(manifest.repository).toEqual({ ...repository, directory: folder })
    expect(manifest.homepage).toBe(`${address}/tree/main/${folder}#readme`)
    expect(manifest.bugs).toBe(bugs)
  })
  it('can be found', () => {
    expect(manifest.description).toMatch(/\w/)
    expect(new Set(manifest.keywords).size).toBeGreaterThanOrEqual(5)
    expect(manifest.keywords).toContain('raft')
  })
  it('is published for everybody, with provenance', () =>
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true }))
  it('carries the licence', () => expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE')))
})

it('npm run build builds every published package', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { build: string } }
  const folders = published.map(({ path }) => dirname(path)).toSorted()
  const steps = scripts.build.split(' && ')
  expect(steps.map((step) => step.split(' packages/')[0])).toEqual(['tsc -b', 'node scripts/commonjs.mjs'])
  for (const step of steps)
    expect(
      step
        .split(' ')
        .filter((word) => word.startsWith('packages/'))
        .toSorted(),
    ).toEqual(folders)
})

it('the licence is there in full', () => expect(read('LICENSE')).toMatch(/^MIT License\n/))

it('the core depends on nothing, the runtime on the core, and oarlock and raftq on both', () => {
  const dependencies = (name: string) =>
    Object.keys(manifests.find(({ manifest }) => manifest.name === name)?.manifest.dependencies ?? {})
  expect(dependencies('@oarlock/core')).toEqual([])
  expect(dependencies('@oarlock/runtime')).toEqual(['@oarlock/core'])
  expect(dependencies('@oarlock/store')).toEqual(['@oarlock/core', '@oarlock/runtime'])
  expect(dependencies('oarlock')).toEqual([
    '@oarlock/core',
    '@oarlock/recipes',
    '@oarlock/runtime',
    '@oarlock/store',
  ])
  expect(dependencies('@oarlock/raftq')).toEqual(['@oarlock/core', '@oarlock/runtime'])
})

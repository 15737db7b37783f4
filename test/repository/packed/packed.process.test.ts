// The packages as npm would publish them, judged by publint and by "are the types wrong?" (attw), and used by
// applications of other kinds than this repository.
import { execFile, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../files.ts'
import { program } from './both-formats.ts'
import { bundle, bundlerNames } from './bundled.ts'
import { folders, Packed, run } from './pack.ts'
import { type Consumer, objections } from './types.ts'

async function objectionsOfPublint(tarball: Uint8Array): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

async function objectionsOfAttw(tarball: Uint8Array): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(tarball))
  if (!checked.types) return ['it has no types']
  return checked.problems.map((problem) => JSON.stringify(problem))
}

let packed: Packed
/** Applications of NestJS, by its version. That of Nest 11 is the one that `nest new` creates. */
let apps: Readonly<Record<10 | 11 | 12, string>>
beforeAll(() => {
  packed = new Packed()
  apps = {
    10: packed.install('test/nest10'),
    11: packed.install('test/nest11', 'test/nest11/app'),
    12: packed.install('packages/nestjs'),
  }
}, 120_000)
afterAll(() => packed[Symbol.dispose](), 60_000)

it('all packages are there', () => expect(packed.count).toBe(folders.length))

describe.each(folders)('%s', (folder) => {
  const tarball = () => readFileSync(packed.tarballOf(folder))

  it('passes publint', async () => expect(await objectionsOfPublint(tarball())).toEqual([]))
  it('has the right types', async () => expect(await objectionsOfAttw(tarball())).toEqual([]))
  it('carries its README, its licence and its sources', () =>
    expect(packed.filesOf(folder)).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'src/index.ts', 'dist/index.js', 'cjs/index.js']),
    ))
  it('carries no test', () =>
    expect(packed.filesOf(folder).filter((path) => /\.test\.|^test\//.test(path))).toEqual([]))
  it('carries no mutants, no fixtures and no simulated disks', () => {
    const sources = packed.filesOf(folder).map((path) => path.toLowerCase())
    const tools = folder === 'packages/testkit' ? /mutant|fixture/ : /mutant|fixture|simulat/
    expect(sources.filter((path) => path.startsWith('src/') && tools.test(path))).toEqual([])
  })
})

describe('TypeScript has nothing to object to', () => {
  const both = ['app.mts', 'app.cts']
  const consumers: [string, 10 | 11 | 12, Omit<Consumer, 'folder'>][] = [
    ['node16, Nest 10', 10, { module: 'node16', moduleResolution: 'node16', files: both }],
    ['nodenext, Nest 11', 11, { module: 'nodenext', moduleResolution: 'nodenext', files: both }],
    ['bundler, Nest 11', 11, { module: 'preserve', moduleResolution: 'bundler', files: both }],
    // Nest 12 itself is ES modules only, which CommonJS of node16 cannot import.
    ['node16, Nest 12', 12, { module: 'node16', moduleResolution: 'node16', files: ['app.mts'] }],
    ['nodenext, Nest 12', 12, { module: 'nodenext', moduleResolution: 'nodenext', files: both }],
    // The default of `nest new` in Nest 10, which newer compilers do not know.
    ['node10, Nest 10', 10, { module: 'commonjs', moduleResolution: 'node10', files: ['app.ts'] }],
  ]
  it.each(consumers)('%s', async (_, nest, consumer) => {
    const older = join(root, 'test/nest11/node_modules/typescript/bin/tsc')
    const tsc = consumer.moduleResolution === 'node10' ? { tsc: older } : {}
    expect(await objections({ folder: apps[nest], ...consumer, ...tsc })).toEqual([])
  })
})

it('Jest runs the tests of an application that `nest new` has created', () => {
  const jest = join(root, 'node_modules/jest/bin/jest.js')
  const { status, stderr } = spawnSync(process.execPath, [jest, '--ci'], { cwd: apps[11], encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  expect(stderr).toMatch(/^Tests: +4 passed, 4 total$/m)
})

describe('in a process that both requires and imports them', () => {
  const seen = (...flags: string[]) => {
    writeFileSync(join(apps[11], 'both.cjs'), program)
    return JSON.parse(run(process.execPath, [...flags, 'both.cjs'], apps[11]))
  }
  const asOne = {
    errors: { base: true, same: true, other: false, ofTheApplication: false, isOarlockError: true },
    signals: true,
    before: [null, null],
    after: [true, true],
    shared: true,
  }

  it('they are loaded once', () => expect(seen()).toEqual({ copies: 1, ...asOne }))
  it('they share errors, signals and tokens where Node cannot require ES modules', () =>
    expect(seen('--no-experimental-require-module')).toEqual({ copies: 2, ...asOne }))
})

describeWithRedis('bundled to one file, with NestJS and over Redis,', () => {
  let redis: RedisServer
  const elsewhere = mkdtempSync(join(tmpdir(), 'oarlock-bundled-'))
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
    rmSync(elsewhere, { recursive: true, force: true })
  })

  const outputOf = async (file: string, prefix: string) => {
    const args = [file, `redis://127.0.0.1:${redis.port}`, prefix]
    return (await promisify(execFile)(process.execPath, args)).stdout
  }

  it.each(bundlerNames)('by %s, they lead with ioredis in the bundle, and outside', async (bundler) => {
    const inside = await bundle(bundler, apps[12], [])
    const outside = await bundle(bundler, apps[12], ['ioredis'])
    // Where no package can be found.
    const alone = join(elsewhere, `${bundler}.cjs`)
    copyFileSync(inside, alone)
    expect(await outputOf(alone, `${bundler}-inside`)).toMatch(/^leads with fence \d+$/m)
    expect(await outputOf(outside, `${bundler}-outside`)).toMatch(/^leads with fence \d+$/m)
  })
})

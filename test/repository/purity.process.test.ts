// Lint rules keep the core pure, and the runtime free of Node's API. This test proves that the rules work: it
// plants impure lines in a copy of each folder, and the linter must object to each of them, and to no pure line.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './files.ts'

/** Neither package may contain these. */
const impure = [
  'export const x: number = Math.random()',
  "export const x: number = Math['random']()",
  'export const { random } = Math',
  'const maths = Math\nexport const x: number = maths.random()',
  'export const x: number = Date.now()',
  'export const x: Date = new Date()',
  'export const x: unknown = setTimeout(() => {}, 1)',
  'export const x: unknown = setInterval(() => {}, 1)',
  'export const x: unknown = setImmediate(() => {})',
  'queueMicrotask(() => {})',
  'export const x: number = performance.now()',
  'export const x: number = process.pid',
  'export const x: unknown = Buffer.alloc(1)',
  'export const x: unknown = fetch("")',
  'export const x: unknown = globalThis.Date',
  "import { readFileSync } from 'node:fs'\nexport const x: unknown = readFileSync",
  "import { readFile } from 'node:fs/promises'\nexport const x: unknown = readFile",
  "import { redisElection } from '@oarlock/redis'\nexport const x: unknown = redisElection",
  "import { join } from 'oarlock'\nexport const x: unknown = join",
]
const pure = [
  'export const x: number = Math.max(1, 2)',
  "import { term } from './types.ts'\nexport const x: unknown = term",
  "import { term } from '../types.ts'\nexport const x: unknown = term",
  'export const later = (now: number): number => now + 1',
]
/** The core must be synchronous and silent. The runtime has promises, a default logger, and draws names. */
const impureInCore = [
  'export const x: unknown = Promise.resolve()',
  'export const x: string = crypto.randomUUID()',
  'console.log(1)',
  "import { Raft } from '@oarlock/core'\nexport const x: unknown = Raft",
]

const packages = [
  { folder: 'packages/core/src', rejected: [...impure, ...impureInCore], accepted: pure },
  { folder: 'packages/runtime/src', rejected: impure, accepted: [...pure, ...impureInCore] },
]

interface Diagnostic {
  readonly category: string
  readonly severity: string
  readonly location: { readonly path: string }
}

describe.each(packages)('the linter, in $folder', ({ folder, rejected, accepted }) => {
  const copy = mkdtempSync(join(tmpdir(), 'oarlock-purity-'))
  const objections = new Map<string, string[]>()
  const plant = (name: string, at: number, source: string) =>
    writeFileSync(join(copy, folder, `${name}-${at}.ts`), `${source}\n`)

  beforeAll(() => {
    mkdirSync(join(copy, folder), { recursive: true })
    for (const path of ['biome.json', '.gitignore', 'scripts']) {
      cpSync(join(root, path), join(copy, path), { recursive: true })
    }
    for (const [at, source] of rejected.entries()) plant('impure', at, source)
    for (const [at, source] of accepted.entries()) plant('pure', at, source)
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'packages']
    const { stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })
    for (const { category, severity, location } of (JSON.parse(stdout) as { diagnostics: Diagnostic[] })
      .diagnostics) {
      if (severity !== 'error') continue
      objections.set(location.path, [...(objections.get(location.path) ?? []), category])
    }
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it.each([...rejected.entries()])('rejects %i: %s', (at) => {
    const found = objections.get(`${folder}/impure-${at}.ts`) ?? []
    expect(found.some((category) => category === 'plugin' || category.includes('noRestricted'))).toBe(true)
  })
  it.each([...accepted.entries()])('accepts %i: %s', (at) => {
    expect(objections.get(`${folder}/pure-${at}.ts`) ?? []).toEqual([])
  })
})

it.each(['core', 'runtime'])('the compiler knows no type of Node in packages/%s', (name) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '--showConfig', '-p', join(root, 'packages', name)]
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(JSON.parse(stdout).compilerOptions.types).toEqual([])
})

// A lint rule keeps the core pure. This test proves that the rule works: it plants impure lines in a copy of
// the core's folder, and the linter must object to each of them, and to no pure line.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './files.ts'

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
  'export const x: unknown = Promise.resolve()',
  'export const x: number = performance.now()',
  'export const x: number = process.pid',
  'export const x: unknown = Buffer.alloc(1)',
  'export const x: string = crypto.randomUUID()',
  'export const x: unknown = fetch("")',
  'console.log(1)',
  'export const x: unknown = globalThis.Date',
  "import { readFileSync } from 'node:fs'\nexport const x: unknown = readFileSync",
  "import { join } from 'oarlock'\nexport const x: unknown = join",
]
const pure = [
  'export const x: number = Math.max(1, 2)',
  "import { term } from './types.ts'\nexport const x: unknown = term",
  "import { term } from '../types.ts'\nexport const x: unknown = term",
  'export const later = (now: number): number => now + 1',
]

interface Diagnostic {
  readonly category: string
  readonly severity: string
  readonly location: { readonly path: string }
}

describe('the linter, in packages/core/src', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-core-is-pure-'))
  const objections = new Map<string, string[]>()
  const plant = (name: string, at: number, source: string) =>
    writeFileSync(join(folder, 'packages/core/src', `${name}-${at}.ts`), `${source}\n`)

  beforeAll(() => {
    mkdirSync(join(folder, 'packages/core/src'), { recursive: true })
    for (const path of ['biome.json', '.gitignore', 'scripts']) {
      cpSync(join(root, path), join(folder, path), { recursive: true })
    }
    for (const [at, source] of impure.entries()) plant('impure', at, source)
    for (const [at, source] of pure.entries()) plant('pure', at, source)
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'packages']
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    for (const { category, severity, location } of (JSON.parse(stdout) as { diagnostics: Diagnostic[] })
      .diagnostics) {
      if (severity !== 'error') continue
      objections.set(location.path, [...(objections.get(location.path) ?? []), category])
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([...impure.entries()])('rejects %i: %s', (at) => {
    const found = objections.get(`packages/core/src/impure-${at}.ts`) ?? []
    expect(found.some((category) => category === 'plugin' || category.includes('noRestricted'))).toBe(true)
  })
  it.each([...pure.entries()])('accepts %i: %s', (at) => {
    expect(objections.get(`packages/core/src/pure-${at}.ts`) ?? []).toEqual([])
  })
})

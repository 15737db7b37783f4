// etcd/raft's data-driven cases over our core: it sends the same messages, field by field. Their files are
// outside the repository; without them, those tests are skipped. Our own cases, in the same format, are in
// own/.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CaseFile, explain, findCases, runCase } from './cases.ts'

function runs(found: CaseFile): void {
  test(found.name, () => {
    const { directives, failure } = runCase(found)
    expect(directives).toBeGreaterThan(0)
    if (failure !== null) expect.fail(explain(found, failure))
  })
}

describe('our own cases', () => {
  const cases = findCases(join(import.meta.dirname, 'own'))

  test('are there', () => {
    expect(cases.length).toBeGreaterThan(0)
  })

  cases.forEach(runs)
})

describe("etcd/raft's cases", () => {
  const shared = process.env.OARLOCK_SHARED ?? join(import.meta.dirname, '../../../shared')
  const root = join(shared, 'etcd-raft-testdata')
  if (!existsSync(root)) {
    test.skip(`no case files at ${root} (set OARLOCK_SHARED)`, () => {})
    return
  }
  const cases = findCases(root)

  test('are there', () => {
    expect(cases.length).toBeGreaterThan(0)
  })

  cases.forEach(runs)
})

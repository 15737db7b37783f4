// etcd/raft's data-driven cases over our core: it says the same on the wire, message for message. Its case files lie
// outside the repository; where they are not, those tests are skipped. Our own, in the same format, are in own/.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CaseFile, explain, findCases, runCase } from './cases.ts'
import { notYet } from './not-yet.ts'

const nameOf = ({ directory, file }: CaseFile): string => `${directory}/${file}`

function runs(found: CaseFile): void {
  const name = nameOf(found)
  test(found.putOff === null ? name : `${name} (not yet: ${found.putOff})`, (context) => {
    const { directives, failure } = runCase(found)
    expect(directives).toBeGreaterThan(0)
    if (found.putOff === null) {
      if (failure !== null) expect.fail(explain(name, failure))
      return
    }
    expect(failure, `${name} passes: take it off the list in not-yet.ts`).not.toBeNull()
    context.skip(`not yet: ${found.putOff}`)
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

  test('are there, and every file that is put off is one of them', () => {
    const names = cases.map(nameOf)
    const putOff = Object.entries(notYet).flatMap(([directory, files]) =>
      Object.keys(files).map((file) => `${directory}/${file}`),
    )
    expect(names.length).toBeGreaterThan(putOff.length)
    expect(names).toEqual(expect.arrayContaining(putOff))
  })

  cases.forEach(runs)
})

// docs/diagnosis.md has a row for each kind of problem that a status may have, and for each reason of ready()
// and live(), and no other rows.
import { expect, it } from 'vitest'
import { read } from './files.ts'

/** The kinds of findings that no view of a core shows, but `closed`, which is no problem. */
function kindsOfProblems(): string[] {
  const [, ofRuntimes] = read('packages/core/src/explain/finding.ts').split('From a runtime, not from views.')
  const [union] = ofRuntimes!.split('There is no view of this voter.')
  return [...union!.matchAll(/^ {2}\| '([a-z-]+)'$/gm)]
    .map(([, kind]) => kind!)
    .filter((kind) => kind !== 'closed')
}

it('docs/diagnosis.md has every kind of problem', () => {
  const documented = [...read('docs/diagnosis.md').matchAll(/^\| `([a-z-]+)` \| [A-Z]/gm)].map(
    ([, kind]) => kind!,
  )
  expect(kindsOfProblems().length).toBeGreaterThan(5)
  expect(documented.toSorted()).toEqual(kindsOfProblems().toSorted())
})

it('docs/diagnosis.md has every reason of ready() and live()', () => {
  const [, union] = read('packages/runtime/src/health/health.ts').split('export type HealthReasonKind =')
  const kinds = [...union!.split('\n\n')[0]!.matchAll(/\| '([a-z-]+)'/g)].map(([, kind]) => kind!)
  const rows = read('docs/diagnosis.md').match(/^\| `[a-z-]+`.* \| not ready.*$/gm) ?? []
  const documented = rows.flatMap((row) =>
    [...row.split(' | ')[0]!.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind!),
  )
  expect(kinds.length).toBeGreaterThan(5)
  expect(documented.toSorted()).toEqual(kinds.toSorted())
})

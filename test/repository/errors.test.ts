// docs/errors.md has a row for every error the packages export, and none for others.
import * as core from '@oarlock/core'
import * as redis from '@oarlock/redis'
import * as oarlock from 'oarlock'
import { describe, expect, it } from 'vitest'
import { read } from './files.ts'

const packages = [
  { source: 'packages/oarlock/src/errors.ts', exported: oarlock },
  { source: 'packages/redis/src/errors.ts', exported: redis },
]

/** Codes as the sources declare them: an error's class alone does not tell its code. */
const declared = packages.flatMap(({ source }) =>
  [...read(source).matchAll(/readonly code = '(OARLOCK_\w+)'/g)].map(([, code]) => code),
)

it('every error has a row in docs/errors.md, and every row an error', () => {
  const documented = [...read('docs/errors.md').matchAll(/^\| `(OARLOCK_\w+)`/gm)].map(([, code]) => code)
  const invariant = new core.InvariantError('').code
  expect(documented.toSorted()).toEqual([...declared, invariant].toSorted())
})

describe.each(packages)('$source', ({ source, exported }) => {
  it('has its classes exported', () => {
    const classes = [...read(source).matchAll(/export (?:abstract )?class (\w+)/g)].map(([, name]) => name!)
    expect(classes.length).toBeGreaterThan(0)
    expect(classes.filter((name) => !(name in exported))).toEqual([])
  })
})

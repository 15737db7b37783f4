// docs/errors.md has a row for every error the packages export, and none for others.
import * as core from '@oarlock/core'
import * as oarlock from 'oarlock'
import { expect, it } from 'vitest'
import { read } from './files.ts'

/** Codes as the sources declare them: an error's class alone does not tell its code. */
const declared = [...read('packages/oarlock/src/errors.ts').matchAll(/readonly code = '(OARLOCK_\w+)'/g)].map(
  ([, code]) => code,
)

it('every error has a row in docs/errors.md, and every row an error', () => {
  const documented = [...read('docs/errors.md').matchAll(/^\| `(OARLOCK_\w+)`/gm)].map(([, code]) => code)
  const invariant = new core.InvariantError('').code
  expect(documented.toSorted()).toEqual([...declared, invariant].toSorted())
})

it('every error class is exported', () => {
  const classes = [
    ...read('packages/oarlock/src/errors.ts').matchAll(/export (?:abstract )?class (\w+)/g),
  ].map(([, name]) => name!)
  expect(classes.filter((name) => !(name in oarlock))).toEqual([])
})

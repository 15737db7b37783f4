// docs/errors.md has a row for every error that the packages export, and no other rows. The README of raftq
// has one for every error of raftq.
import * as core from '@oarlock/core'
import * as etcd from '@oarlock/etcd'
import * as nestjs from '@oarlock/nestjs'
import * as redis from '@oarlock/redis'
import * as oarlock from 'oarlock'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

const packages = [
  { source: 'packages/runtime/src/errors.ts', exported: oarlock },
  { source: 'packages/runtime/src/reads/errors.ts', exported: oarlock },
  { source: 'packages/runtime/src/sessions/errors.ts', exported: oarlock },
  { source: 'packages/oarlock/src/errors.ts', exported: oarlock },
  { source: 'packages/store/src/api/errors.ts', exported: oarlock },
  { source: 'packages/recipes/src/errors.ts', exported: oarlock },
  { source: 'packages/redis/src/connection/errors.ts', exported: redis },
  { source: 'packages/etcd/src/errors.ts', exported: etcd },
  { source: 'packages/nestjs/src/election/errors.ts', exported: nestjs },
]

/** The codes come from the sources, because an error's class does not tell its code. */
const declared = packages.flatMap(({ source }) =>
  [...read(source).matchAll(/readonly code = '(OARLOCK_\w+)'/g)].map(([, code]) => code),
)

const rowsOf = (document: string) =>
  [...read(document).matchAll(/^\| `(OARLOCK_\w+)`/gm)].map(([, code]) => code!).toSorted()

/** raftq has one error class, and gives its codes where it throws. */
const ofRaftq = [
  ...new Set(
    repositoryFiles()
      .filter((path) => /^packages\/raftq\/src\/(?!.*\.test\.ts$).*\.ts$/.test(path))
      .flatMap((path) => read(path).match(/OARLOCK_[A-Z_]+(?=')/g) ?? []),
  ),
].toSorted()

it('docs/errors.md has a row for every error, and no other rows', () => {
  const invariant = new core.InvariantError('').code
  expect(rowsOf('docs/errors.md')).toEqual([...new Set([...declared, ...ofRaftq, invariant])].toSorted())
})

it('the README of raftq has a row for every error of raftq, and no other rows', () => {
  expect(ofRaftq.length).toBeGreaterThan(5)
  expect(rowsOf('packages/raftq/README.md')).toEqual(ofRaftq)
})

it('both documents give the same outcomes for each error, of which raftq, which has no reads, may lack one', () => {
  const outcomes = (document: string) =>
    new Map(
      [...read(document).matchAll(/^\| `(OARLOCK_\w+)` \| ([\w, -]+) \|/gm)].map(([, code, is]) => [
        code,
        is!,
      ]),
    )
  const general = outcomes('docs/errors.md')
  for (const [code, is] of outcomes('packages/raftq/README.md')) {
    const ofWrites = is.includes('not-a-write')
      ? general.get(code)
      : general.get(code)?.replace(', not-a-write', '')
    expect(ofWrites, code).toBe(is)
  }
})

describe.each(packages)('$source', ({ source, exported }) => {
  it('has the code of each class on the class, too, by which instanceof knows errors of another copy', () => {
    const codes = [...read(source).matchAll(/^ {2}(static )?readonly code = '(\w+)'/gm)]
    const of = (kind: string | undefined) => codes.flatMap(([, is, code]) => (is === kind ? [code] : []))
    expect(of('static ')).toEqual(of(undefined))
  })
  it('has only exported classes', () => {
    const classes = [...read(source).matchAll(/export (?:abstract )?class (\w+)/g)].map(([, name]) => name!)
    expect(classes.length).toBeGreaterThan(0)
    expect(classes.filter((name) => !(name in exported))).toEqual([])
  })
})

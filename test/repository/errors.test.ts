// docs/errors.md has a row for every error the packages export, and none for others; so has the README of raftq, for its own.
import * as core from '@oarlock/core'
import * as nestjs from '@oarlock/nestjs'
import * as redis from '@oarlock/redis'
import * as oarlock from 'oarlock'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

const packages = [
  { source: 'packages/runtime/src/errors.ts', exported: oarlock },
  { source: 'packages/oarlock/src/errors.ts', exported: oarlock },
  { source: 'packages/redis/src/connection/errors.ts', exported: redis },
  { source: 'packages/nestjs/src/election/errors.ts', exported: nestjs },
]

/** Codes as the sources declare them: an error's class alone does not tell its code. */
const declared = packages.flatMap(({ source }) =>
  [...read(source).matchAll(/readonly code = '(OARLOCK_\w+)'/g)].map(([, code]) => code),
)

const rowsOf = (document: string) =>
  [...read(document).matchAll(/^\| `(OARLOCK_\w+)`/gm)].map(([, code]) => code!).toSorted()

/** raftq has one class, and names its codes where it throws. */
const ofRaftq = [
  ...new Set(
    repositoryFiles()
      .filter((path) => /^packages\/raftq\/src\/(?!.*\.test\.ts$).*\.ts$/.test(path))
      .flatMap((path) => read(path).match(/OARLOCK_[A-Z_]+(?=')/g) ?? []),
  ),
].toSorted()

it('every error has a row in docs/errors.md, and every row an error', () => {
  const invariant = new core.InvariantError('').code
  expect(rowsOf('docs/errors.md')).toEqual([...new Set([...declared, ...ofRaftq, invariant])].toSorted())
})

it('every error of raftq has a row in its README, too, and every row an error', () => {
  expect(ofRaftq.length).toBeGreaterThan(5)
  expect(rowsOf('packages/raftq/README.md')).toEqual(ofRaftq)
})

it('what becomes of the write is the same in both documents', () => {
  const outcomes = (document: string) =>
    new Map(
      [...read(document).matchAll(/^\| `(OARLOCK_\w+)` \| ([\w, -]+) \|/gm)].map(([, code, is]) => [
        code,
        is!,
      ]),
    )
  const general = outcomes('docs/errors.md')
  for (const [code, is] of outcomes('packages/raftq/README.md')) expect(general.get(code), code).toBe(is)
})

describe.each(packages)('$source', ({ source, exported }) => {
  it('has its classes exported', () => {
    const classes = [...read(source).matchAll(/export (?:abstract )?class (\w+)/g)].map(([, name]) => name!)
    expect(classes.length).toBeGreaterThan(0)
    expect(classes.filter((name) => !(name in exported))).toEqual([])
  })
})

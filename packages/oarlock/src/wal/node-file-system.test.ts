import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { nodeFileSystem } from './node-file-system.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oarlock-parents-')))
afterAll(() => rmSync(root, { recursive: true }))

it('knows the directories above in which it may have made one, the nearest first', () => {
  const data = join(root, 'data', 'a')
  mkdirSync(data, { recursive: true })
  const parents = nodeFileSystem.parents(data)
  expect(parents.slice(0, 3)).toEqual([join(root, 'data'), root, dirname(root)])
})

it.runIf(process.platform === 'linux')('makes no mount points, so that the name of one needs no sync', () => {
  expect(nodeFileSystem.parents('/proc')).toEqual([])
})

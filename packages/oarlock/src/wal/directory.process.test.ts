// The store makes its directory, also relative to the working directory.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { DiskLogStore } from './disk-log-store.ts'

const before = process.cwd()
const root = mkdtempSync(join(tmpdir(), 'oarlock-directory-'))

afterEach(() => {
  process.chdir(before)
  rmSync(root, { recursive: true, force: true })
})

const storeIn = (directory: string) => new DiskLogStore({ directory, cluster: 'c', id: 'a' })

it('makes a relative directory and its parents, wherever the process works later', async () => {
  process.chdir(root)
  const store = storeIn('./data/members/a')
  process.chdir('/')
  await store.open()
  await store.close()
  expect(existsSync(join(root, 'data/members/a/meta.json'))).toBe(true)
})

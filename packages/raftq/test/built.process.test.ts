// The package as it is published: built, and loaded without our condition, by `import` and by `require`.
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const run = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd: here, timeout: 30_000 })).stdout

beforeAll(async () => {
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  await run(tsc, '-b', '..')
})

/** Ends by itself only if no timer is left. */
const program = `
  const persistAgent = { persist: async () => {}, restore: async () => null }
  const raft = new Raftq({ persistAgent, foundingWait: 0 })
  raft.dispatch('serviceStarted', { node: { id: 'a', time: 1 } })
  raft
    .dispatch('replicateData', { any: 'JSON' })
    .then(() => {
      console.log(JSON.stringify([raft.getRole() === RaftRole.LEADER, raft.getData(), where]))
      return raft.destroy()
    })
`

it.each([
  [
    'import',
    'module',
    `import { Raftq, RaftRole } from '@oarlock/raftq'; const where = import.meta.resolve('@oarlock/raftq')`,
  ],
  [
    'require',
    'commonjs',
    `const { Raftq, RaftRole } = require('@oarlock/raftq'); const where = require.resolve('@oarlock/raftq')`,
  ],
])('works by %s', async (_, type, found) => {
  const said = await run(`--input-type=${type}`, '-e', `${found}\n${program}`)
  expect(JSON.parse(said)).toEqual([
    true,
    { any: 'JSON' },
    expect.stringMatching(/\/raftq\/dist\/index\.js$/),
  ])
})

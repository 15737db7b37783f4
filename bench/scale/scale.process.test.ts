// The benchmark of many keys and leases with few of them, with real processes.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { Bar } from '../part.ts'
import type { Measured } from './contender.ts'

interface Printed {
  readonly measured: readonly Measured[]
  readonly bars: readonly Bar[]
}

it('measures the memory, the messages, the snapshot and the watchers of a store with leases, and their end', async () => {
  const program = join(import.meta.dirname, 'main.ts')
  const sizes = ['--leases=20', '--keys=200', '--holders=2', '--ttl=1', '--watchers=5', '--secs=0.2']
  const args = ['--conditions=@oarlock/source', program, ...sizes, '--idle=0.5', '--without=etcd', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { measured, bars } = JSON.parse(stdout) as Printed
  const [{ memory, idle, snapshot, restart, watch, keys, gone }] = measured as [Measured]
  for (const of of Object.values(memory)) expect(of.map(({ used }) => used > 0)).toEqual([true, true, true])
  expect(idle.before.members.messages).toBeGreaterThan(0)
  expect(idle.withLeases.clients.messages).toBeGreaterThan(0)
  expect(snapshot.bytes).toBeGreaterThan(200 * 100)
  expect(restart).toBeGreaterThan(0)
  expect(watch.throughput).toBeGreaterThan(0)
  expect(keys).toBe(200)
  // The last renewal was a third of the time to live before.
  expect(gone).toBeGreaterThan(500)
  expect(bars).toHaveLength(4)
})

// A start with a small snapshot, with real processes.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { Start } from './protocol.ts'

interface Printed {
  readonly rounds: readonly { readonly start: Start; readonly stream: number; readonly streamPeak: number }[]
  readonly lines: readonly string[]
}

it('measures a start from a snapshot and the log after it, and shows what the member logged', async () => {
  const program = join(import.meta.dirname, 'main.ts')
  const args = ['--conditions=@oarlock/source', program, '--mib=3', '--log=1', '--rounds=1', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { rounds, lines } = JSON.parse(stdout) as Printed
  const [{ start, stream, streamPeak }] = rounds as [Printed['rounds'][number]]
  const { joined, restored, replayed, written, entries, peak } = start
  expect(entries).toBeGreaterThanOrEqual(2 ** 20 / 132)
  expect(joined).toBeGreaterThan(0)
  expect(restored).toBeLessThanOrEqual(replayed)
  expect(replayed).toBeLessThanOrEqual(written)
  expect(stream).toBeGreaterThan(0)
  expect(Math.min(peak, streamPeak)).toBeGreaterThan(3 * 2 ** 20)
  expect(lines.join('\n')).toMatch(/restored from a snapshot .*\n(.*\n)*.*the log is replayed/)
})

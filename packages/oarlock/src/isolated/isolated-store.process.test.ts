// The suite of stores, on a member in a worker thread.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { StoreReport } from '../../test/isolated-store.ts'

const program = fileURLToPath(new URL('../../test/isolated-store.ts', import.meta.url))

it('the store of a member with isolate passes the suite of every store', async () => {
  const child = fork(program, { execArgv: ['--conditions=@oarlock/source'] })
  const reports: StoreReport[] = []
  child.on('message', (report: StoreReport) => reports.push(report))
  const [code] = await once(child, 'exit')
  expect(reports.filter(({ failure }) => failure !== null)).toEqual([])
  expect(code).toBe(0)
  expect(reports.length).toBeGreaterThan(40)
})

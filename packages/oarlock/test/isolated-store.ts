// Runs the suite of stores on a member with `isolate`, and reports each test to the parent process.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { storeConformance } from '@oarlock/testkit/conformance'
import { join } from '../src/index.ts'

export interface StoreReport {
  readonly name: string
  /** Null: it passed. */
  readonly failure: string | null
}

const tests: { readonly name: string; readonly body: () => Promise<void> }[] = []
const directory = mkdtempSync(joinPath(tmpdir(), 'oarlock-isolated-store-'))
const member = await join({
  id: 'a',
  peers: { a: '127.0.0.1:0' },
  data: directory,
  isolate: true,
  shutdownSignals: [],
})

const runner = {
  describe: (_name: string, body: () => void) => body(),
  test: (name: string, body: () => Promise<void>) => tests.push({ name, body }),
}
storeConformance('isolated', runner, async () => {
  await member.kv.delete({ prefix: '' })
  return { store: member.kv }
})

for (const { name, body } of tests) {
  const failure = await body().then(
    () => null,
    (error: unknown) => String(error instanceof Error ? error.stack : error),
  )
  process.send!({ name, failure } satisfies StoreReport)
}
await member.close()
rmSync(directory, { recursive: true })
process.disconnect()

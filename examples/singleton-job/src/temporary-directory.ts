// For tests: a directory of its own for each, removed when it has ended.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'singleton-job-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

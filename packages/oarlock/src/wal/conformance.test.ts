import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { logStoreConformance } from '@oarlock/testkit/conformance'
import { describe, test } from 'vitest'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { DiskLogStore } from './disk-log-store.ts'
import { MemoryLogStore } from './memory-log-store.ts'

const runner = { describe, test }

logStoreConformance('in memory', runner, () => {
  const store = new MemoryLogStore()
  return { store: () => store }
})

const onDisk = (segmentBytes: number) => () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oarlock-wal-'))
  const data = path.join(directory, 'made', 'when', 'opened')
  return {
    store: () => new DiskLogStore({ directory: data, cluster: 'c', id: 'a', segmentBytes }),
    dispose: () => fs.promises.rm(directory, { recursive: true }),
  }
}

logStoreConformance('on disk', runner, onDisk(1024 * 1024))
logStoreConformance('on disk, a segment for each write', runner, onDisk(65))

logStoreConformance('on a simulated disk', runner, () => {
  const fileSystem = new SimulatedDisk()
  return {
    store: () =>
      new DiskLogStore({ directory: '/data', cluster: 'c', id: 'a', fileSystem, segmentBytes: 10_000 }),
  }
})

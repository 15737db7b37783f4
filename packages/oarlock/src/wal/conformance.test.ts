import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { logStoreConformance } from './conformance.ts'
import { DiskLogStore } from './disk-log-store.ts'
import { MemoryLogStore } from './memory-log-store.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const runner = { describe, it, expect }

logStoreConformance(
  'in memory',
  () => {
    const store = new MemoryLogStore()
    return { store: () => store }
  },
  runner,
)

const onDisk = (segmentBytes: number) => () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oarlock-wal-'))
  const data = path.join(directory, 'made', 'when', 'opened')
  return {
    store: () => new DiskLogStore({ directory: data, cluster: 'c', id: 'a', segmentBytes }),
    dispose: () => fs.promises.rm(directory, { recursive: true }),
  }
}

logStoreConformance('on disk', onDisk(1024 * 1024), runner)
logStoreConformance('on disk, a segment for each write', onDisk(65), runner)

logStoreConformance(
  'on a simulated disk',
  () => {
    const fileSystem = new SimulatedDisk()
    return {
      store: () =>
        new DiskLogStore({ directory: '/data', cluster: 'c', id: 'a', fileSystem, segmentBytes: 10_000 }),
    }
  },
  runner,
)

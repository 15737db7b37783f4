import { expect, it } from 'vitest'
import { DiskLogStore } from './disk-log-store.ts'

const good = { directory: '/data', cluster: 'c', id: 'a' }

it.each<[string, object]>([
  ['memoryBytes', { memoryBytes: -1 }],
  ['memoryBytes', { memoryBytes: 1.5 }],
  ['memoryBytes', { memoryBytes: Number.NaN }],
  ['memoryBytes', { memoryBytes: '64 MiB' }],
  ['segmentBytes', { segmentBytes: 64 }],
  ['segmentBytes', { segmentBytes: Number.POSITIVE_INFINITY }],
  ['preallocate', { preallocate: 'yes' }],
  ['directory', { directory: '' }],
])('%s is refused as %j', (name, options) => {
  expect(() => new DiskLogStore({ ...good, ...options } as never)).toThrow(
    expect.objectContaining({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringContaining(`DiskLogStore: ${name}`),
    }),
  )
})

it('no memory for the log is an option', () => {
  expect(() => new DiskLogStore({ ...good, memoryBytes: 0 })).not.toThrow()
})

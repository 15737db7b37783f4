import { ReadTimeoutError } from '@oarlock/runtime'
import { expect, it } from 'vitest'
import { type Connection, Refusal } from '../connection/index.ts'
import { EtcdBackend } from './etcd-backend.ts'

it('a request that was refused was not applied, also if etcd does not say any more what that is about', async () => {
  const refusal = () => Promise.reject(new Refusal('compacted', 'etcdserver: compacted'))
  let reads = 0
  const read = () => (reads++ === 0 ? refusal() : Promise.reject(new ReadTimeoutError('nobody answers')))
  const backend = new EtcdBackend({ write: refusal, read } as unknown as Connection, 1000)
  const range = { from: Uint8Array.of(1), before: null }
  await expect(
    backend.range({ type: 'range', range, revision: 1 }, 'linearizable', {}),
  ).rejects.toMatchObject({
    code: 'OARLOCK_ETCD_REFUSED',
    outcome: 'not-a-write',
  })
  await expect(backend.change({ type: 'compact', revision: 1 }, {})).rejects.toMatchObject({
    code: 'OARLOCK_ETCD_REFUSED',
    outcome: 'not-applied',
    message: expect.stringContaining('nothing was changed'),
    cause: { code: 'OARLOCK_READ_TIMEOUT' },
  })
})

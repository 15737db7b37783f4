import { expect, it, vi } from 'vitest'
import type { Connection } from '../connection/index.ts'
import { EtcdLeases, secondsFor } from './etcd-leases.ts'

it.each([
  [50, 1],
  [900, 1],
  [1000, 2],
  [5000, 6],
  [10_000, 11],
  [60_000, 66],
])('a time to live of %i ms is granted as %i s: at least a tenth more', (ttl, seconds) =>
  expect(secondsFor(ttl)).toBe(seconds),
)

it('a lease is not renewed any more, also if it could not be revoked', async () => {
  let asked = 0
  const endpoints = {
    reached: async () => {
      asked++
      return null
    },
  }
  const write = vi.fn()
  write.mockResolvedValueOnce({ header: { revision: '1' } }).mockRejectedValueOnce(new Error('no leader'))
  const connection = { write, endpoints }
  const leases = new EtcdLeases(connection as unknown as Connection, 1000)
  await leases.grant({ type: 'grant', id: 7, ttl: 1000, owner: 1 }, {})
  await leases.renew(1)
  expect(asked).toBe(1)
  await expect(leases.revoke({ type: 'revoke', ids: [7] }, {})).rejects.toThrow('no leader')
  expect(await leases.renew(1)).toBe(0)
  expect(asked).toBe(1)
})

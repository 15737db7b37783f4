import { describe, expect, it } from 'vitest'
import { failureOf, Refusal, refusalOf } from './failure.ts'

describe('a request that has failed', () => {
  it.each([
    ['not-sent', '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1'],
    ['not-sent', '14 UNAVAILABLE: Name resolution failed for target dns:nowhere:2379'],
    ['not-sent', '4 DEADLINE_EXCEEDED: Deadline exceeded after 0.5s,Waiting for LB pick'],
    ['lost', '14 UNAVAILABLE: Connection dropped'],
    ['lost', '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s,remote_addr=127.0.0.1:2379'],
    ['lost', '14 UNAVAILABLE: etcdserver: request timed out'],
    ['lost', '14 UNAVAILABLE: etcdserver: request timed out, possibly due to previous leader failure'],
    ['lost', '14 UNAVAILABLE: etcdserver: leader changed'],
    ['lost', '14 UNAVAILABLE: etcdserver: server stopped'],
    ['lost', '2 UNKNOWN: something that nobody knows'],
    ['no-leader', '14 UNAVAILABLE: etcdserver: no leader'],
    ['refused', '7 PERMISSION_DENIED: etcdserver: permission denied'],
    ['refused', 'rpc error: code = PermissionDenied desc = etcdserver: permission denied'],
    ['refused', 'Lease 5 NOT_FOUND: etcdserver: requested lease not found is expired or revoked'],
    ['refused', '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded'],
    ['refused', '8 RESOURCE_EXHAUSTED: grpc: received message larger than max (3145746 vs. 2097152)'],
  ])('is %s: %s', (kind, message) => expect(failureOf(new Error(message)).kind).toBe(kind))

  it.each([
    ['compacted', 'etcdserver: mvcc: required revision has been compacted'],
    ['future-revision', 'etcdserver: mvcc: required revision is a future revision'],
    ['no-lease', 'etcdserver: requested lease not found'],
    ['lease-exists', 'etcdserver: lease already exists'],
    ['no-key', 'etcdserver: key not found'],
    ['duplicate-key', 'etcdserver: duplicate key given in txn request'],
  ])('is a refusal of every store: %s', (reason, text) => {
    expect(failureOf(new Error(text)).kind).toBe('refused')
    const refusal = refusalOf(text, 'not-applied')
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ reason })
  })

  it.each([
    ['OARLOCK_INVALID_COMMAND', 'not-applied', 'etcdserver: too many operations in txn request'],
    ['OARLOCK_INVALID_COMMAND', 'not-applied', 'etcdserver: request is too large'],
    ['OARLOCK_ETCD_REFUSED', 'not-a-write', 'etcdserver: permission denied'],
    ['OARLOCK_ETCD_REFUSED', 'not-applied', 'etcdserver: too many requests'],
  ] as const)('has the code %s and the outcome %s: %s', (code, outcome, text) =>
    expect(refusalOf(text, outcome)).toMatchObject({
      code,
      outcome,
      message: expect.stringContaining(text),
    }),
  )
})

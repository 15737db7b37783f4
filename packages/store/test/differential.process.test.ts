// The same commands, seeded and random, to the store and to a real etcd: every answer must be the same.
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { expect, it } from 'vitest'
import { type Change, isRefused, type Operation, type RangeRequest } from '../src/model/requests.ts'
import { StoreState } from '../src/model/store-state.ts'
import { Commands } from './commands.ts'
import { askEtcd, type Comparable, comparable } from './etcd-requests.ts'

function askStore(state: StoreState, request: Change | RangeRequest): Comparable {
  const answer = request.type === 'range' ? state.range(request) : state.apply(request)
  if (isRefused(answer)) return { refused: answer.failure.reason }
  // etcd refuses to revoke what is not there.
  if (answer.result.type === 'revoke' && answer.result.ids.length === 0) return { refused: 'no-lease' }
  return { revision: answer.revision, result: comparable(answer.result) }
}

/** etcd does not compare these with the keys that the transaction puts. */
const deletesToTheEnd = (request: Change | Operation): boolean =>
  request.type === 'transaction'
    ? [...request.success, ...request.failure].some(deletesToTheEnd)
    : request.type === 'delete' && request.range.before === null

const seeds = Number(process.env.SEEDS ?? 3)
const from = Number(process.env.FROM ?? 1)

describeWithEtcd('the store and etcd', () => {
  it('give the same answers', { timeout: 60_000 + 5000 * seeds }, async () => {
    for (let seed = from; seed < from + seeds; seed++) {
      await using etcd = await EtcdServer.start()
      const state = new StoreState()
      const commands = new Commands(seed, state)
      for (let n = 0; n < 1000; n++) {
        const request = commands.next()
        const ours = askStore(state, request)
        if ('refused' in ours && ours.refused === 'duplicate-key' && deletesToTheEnd(request)) continue
        const theirs = await askEtcd(etcd, request)
        expect({ seed, n, request, ...ours }).toEqual({ seed, n, request, ...theirs })
      }
    }
  })
})

// Random requests to the store of a member and to the driver: the answers must be the same.
import { type Answer, type Change, type ChangeResult, type RangeRequest, StoreState } from '@oarlock/store'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { expect, it } from 'vitest'
import { Commands } from '../../store/test/commands.ts'
import { Connection } from '../src/connection/index.ts'
import { completeOptions } from '../src/options.ts'
import { EtcdBackend } from '../src/store/index.ts'

const seed = Number(process.env.SEED ?? 1)

/** What the two must agree on. Of leases that are not there, each names another one if there are several. */
function comparable(answer: Answer<ChangeResult | { readonly type: 'range' }>): unknown {
  if (!('failure' in answer)) {
    const { revision, result } = answer
    return result.type === 'revoke' && result.ids.length === 0 ? { result } : { revision, result }
  }
  const { failure } = answer
  return failure.reason === 'compacted' || failure.reason === 'future-revision' ? failure : failure.reason
}

describeWithEtcd('the driver and the store of a member', () => {
  it('give the same answers', async () => {
    await using server = await EtcdServer.start()
    const settings = completeOptions({ hosts: server.url })
    const connection = new Connection(settings)
    const backend = new EtcdBackend(connection, settings.requestTimeout)
    const state = new StoreState()
    const commands = new Commands(seed, state)
    const ask = (request: Change | RangeRequest) =>
      request.type === 'range' ? backend.range(request, 'linearizable', {}) : backend.change(request, {})
    for (let n = 0; n < 300; n++) {
      const request = commands.next()
      const ours = request.type === 'range' ? state.range(request) : state.apply(request)
      const theirs = await ask(request)
      expect({ n, request, answer: comparable(theirs) }).toEqual({ n, request, answer: comparable(ours) })
    }
    backend.close()
    connection.close()
  })
})

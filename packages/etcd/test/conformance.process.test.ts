// The suite of every store, on a real etcd.
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { recipesConformance, storeConformance } from '@oarlock/testkit/conformance'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { etcd } from '../src/index.ts'

describeWithEtcd('the store on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  storeConformance('etcd', { describe, test }, async () => {
    await server.empty()
    const store = etcd({ hosts: server.url })
    return { store: store.kv, dispose: () => store.close() }
  })

  recipesConformance('etcd', { describe, test }, async () => {
    await server.empty()
    const open = () => etcd({ hosts: server.url })
    const [a, b, c] = [open(), open(), open()]
    return {
      coordinators: [a, b, c],
      dispose: async () => void (await Promise.all([a.close(), b.close(), c.close()])),
    }
  })
})

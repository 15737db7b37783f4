// The suite of every store, on a real etcd.
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { storeConformance } from '@oarlock/testkit/conformance'
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
})

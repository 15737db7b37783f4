// TLS, and an etcd that has authentication enabled.
import { readFileSync } from 'node:fs'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { expect, it } from 'vitest'
import { etcd } from '../src/index.ts'

const pemFile = (name: string): string =>
  new URL(`../../oarlock/test/certificates/${name}`, import.meta.url).pathname
const pem = (name: string): string => readFileSync(pemFile(name), 'utf8')

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The user 'app' may do everything with the keys below 'app/'. */
async function enableAuthentication(server: EtcdServer): Promise<void> {
  for (const name of ['root', 'app']) {
    await server.ask('auth/user/add', { name, password: `secret of ${name}` })
    await server.ask('auth/role/add', { name })
    await server.ask('auth/user/grant', { user: name, role: name })
  }
  const [key, range_end] = [base64('app/'), base64('app0')]
  await server.ask('auth/role/grant', { name: 'app', perm: { permType: 'READWRITE', key, range_end } })
  await server.ask('auth/enable', {})
}

describeWithEtcd('an etcd that is protected', () => {
  it('is reached with a certificate that it trusts, and not without one', async () => {
    const files = { cert: pemFile('a.pem'), key: pemFile('a.key'), ca: pemFile('ca.pem') }
    await using server = await EtcdServer.start({ tls: files })
    const hosts = server.secureUrl
    const own = { cert: pem('b.pem'), key: pem('b.key') }
    await using store = etcd({ hosts, tls: { ...own, ca: pem('ca.pem') } })
    await store.kv.put('a', '1')
    expect((await store.kv.get('a'))?.value).toBe('1')
    for (const tls of [
      { ca: pem('ca.pem') },
      { ...own, ca: pem('other-ca.pem') },
      { ca: pem('ca.pem'), cert: pem('stranger.pem'), key: pem('stranger.key') },
    ]) {
      await using stranger = etcd({ hosts, tls, dialTimeout: 300 })
      await expect(stranger.kv.put('a', '2')).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER' })
    }
    expect(() => etcd({ hosts, tls: { ...own, ca: pem('ca.pem'), key: pem('c.key') } })).toThrow(
      expect.objectContaining({ code: 'OARLOCK_INVALID_OPTIONS' }),
    )
  })

  it('serves a user what it may do, also when its tokens are lost', async () => {
    await using server = await EtcdServer.start()
    await enableAuthentication(server)
    await using store = etcd({ hosts: server.url, auth: { username: 'app', password: 'secret of app' } })
    const { kv } = store
    const { revision } = await kv.put('app/a', '1')
    const lease = await kv.lease(60_000)
    expect((await kv.transaction().then({ put: 'app/b', value: '1', lease }).commit()).succeeded).toBe(true)
    expect((await kv.leases()).map(({ id }) => id)).toEqual([lease.id])
    const watch = kv.watch({ prefix: 'app/' }, { from: revision })
    expect((await watch.next()).value.revision).toBe(revision)

    const refused = (outcome: string) => ({ code: 'OARLOCK_ETCD_REFUSED', outcome })
    await expect(kv.put('b', '1')).rejects.toMatchObject(refused('not-applied'))
    await expect(kv.get('b')).rejects.toMatchObject(refused('not-a-write'))
    await expect(kv.watch('b', { from: 1 }).next()).rejects.toMatchObject(refused('not-a-write'))
    await using wrong = etcd({ hosts: server.url, auth: { username: 'app', password: 'wrong' } })
    await expect(wrong.kv.put('app/a', '2')).rejects.toMatchObject(refused('not-applied'))
    await using nobody = etcd({ hosts: server.url })
    await expect(nobody.kv.put('app/a', '2')).rejects.toMatchObject(refused('not-applied'))

    // Its tokens are in its memory.
    await server.kill()
    await server.start()
    const next = await watch.next()
    expect(next.value.events).toMatchObject([{ item: { key: 'app/b' } }])
    const last = await kv.put('app/c', '1')
    expect((await watch.next()).value.revision).toBe(last.revision)
    await watch.return!()

    // As these are, and the connection stays.
    const { token } = await server.ask<{ token: string }>('auth/authenticate', {
      name: 'root',
      password: 'secret of root',
    })
    await server.ask('auth/disable', {}, token)
    await server.ask('auth/enable', {})
    const again = kv.watch('app/c', { from: last.revision })
    expect((await again.next()).value.revision).toBe(last.revision)
    await again.return!()
  })
})

import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NameSources, nameLookup } from './index.ts'

const { signal } = new AbortController()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oarlock-names-'))
  await writeFile(join(folder, 'hosts'), '10.1.1.1 in-hosts\n')
  await writeFile(join(folder, 'resolv.conf'), 'search one.test two.test\n')
})
afterAll(() => rm(folder, { recursive: true }))

const failure = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }))

/** A lookup whose name servers know `records`, and answer `otherwise` for all other names. */
function setUp(records: Record<string, string[]>, otherwise = 'ENOTFOUND', over: Partial<NameSources> = {}) {
  const asked: string[] = []
  const answer = (name: string, isWanted: (address: string) => boolean): Promise<string[]> => {
    const all = records[name]
    if (all === undefined) return failure(otherwise)
    const found = all.filter(isWanted)
    return found.length > 0 ? Promise.resolve(found) : failure('ENODATA')
  }
  const resolver = {
    resolve4(name: string) {
      asked.push(name)
      return answer(name, (address) => !address.includes(':'))
    },
    resolve6: (name: string) => answer(name, (address) => address.includes(':')),
    cancel() {},
  } as unknown as Resolver
  const lookup = nameLookup({
    hostsFile: join(folder, 'hosts'),
    resolvConf: join(folder, 'resolv.conf'),
    newResolver: () => resolver,
    otherSources: async () => null,
    ...over,
  })
  return { asked, lookup: (host: string) => lookup(host, signal) }
}

describe('the look-up of a host', () => {
  it('finds a name in the hosts file, and localhost anywhere', async () => {
    const { lookup, asked } = setUp({})
    expect(await lookup('in-hosts')).toEqual(['10.1.1.1'])
    expect(await lookup('localhost')).toEqual(['127.0.0.1', '::1'])
    expect(asked).toEqual([])
  })

  it('finds all addresses, under the first search domain that has one', async () => {
    const { lookup, asked } = setUp({ 'api.two.test': ['10.0.0.1', 'fd00::1'], api: ['10.0.0.2'] })
    expect(await lookup('api')).toEqual(['10.0.0.1', 'fd00::1'])
    expect(asked).toEqual(['api.one.test', 'api.two.test'])
  })

  it('asks for an international name in its ASCII form', async () => {
    expect(await setUp({ 'xn--bro-pc-3ya.one.test': ['10.0.0.3'] }).lookup('büro-pc')).toEqual(['10.0.0.3'])
  })

  it('fails with what is known: that the name is unknown, or that nobody answers', async () => {
    await expect(setUp({}).lookup('api')).rejects.toMatchObject({
      message: "the name 'api' is not resolved: it is unknown (ENOTFOUND)",
      isUnknown: true,
    })
    const { lookup, asked } = setUp({}, 'ETIMEOUT')
    await expect(lookup('api')).rejects.toMatchObject({
      message: "the name 'api' is not resolved: the name servers did not answer (ETIMEOUT)",
      isUnknown: false,
    })
    expect(asked).toHaveLength(1)
    await expect(setUp({}, 'ESERVFAIL').lookup('api')).rejects.toMatchObject({ isUnknown: false })
  })

  it('asks other sources only for names that the name servers say are unknown', async () => {
    const others = { otherSources: async () => async () => ['192.168.0.9'] }
    expect(await setUp({}, 'ENOTFOUND', others).lookup('printer.local')).toEqual(['192.168.0.9'])
    await expect(setUp({}, 'ETIMEOUT', others).lookup('printer.local')).rejects.toThrow('ETIMEOUT')
  })

  it('ends at once when it is cancelled, though no name server answers', async () => {
    const silent = createSocket('udp4')
    silent.bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const newResolver = () => {
      const resolver = new Resolver({ timeout: 60_000, tries: 1 })
      resolver.setServers([`127.0.0.1:${silent.address().port}`])
      return resolver
    }
    const controller = new AbortController()
    const looking = nameLookup({ newResolver, resolvConf: join(folder, 'none') })('a.test', controller.signal)
    await once(silent, 'message')
    controller.abort()
    await expect(looking).rejects.toMatchObject({ code: 'ECANCELLED' })
    silent.close()
  })
})

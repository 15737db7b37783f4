import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { identityOf, numbered, numbersFrom, Station, to } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'
import { TcpTransport } from './tcp-transport.ts'

const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)

/** A process that runs `code`, with TcpTransport and `peers` defined. */
const run = (peers: Readonly<Record<string, string>>, code: string): NodeProcess =>
  NodeProcess.of(`
    import { TcpTransport } from ${source('./tcp-transport.ts')}
    const peers = ${JSON.stringify(peers)}
    const member = (id) => ({
      identity: { ...${JSON.stringify(identityOf('x'))}, id },
      meet: (peer, remote, answer) => answer(null),
      accepted() {},
      refused() {},
      receive() {},
      unreachable() {},
    })
    ${code}`)

const echo = `
  const transport = new TcpTransport({ id: 'b', listen: peers.b, peers })
  await transport.open({
    ...member('b'),
    receive: (from, messages) => transport.send(messages.map((message) => ({ from: 'b', to: from, message }))),
  })
  console.log('open')`

describe('processes', () => {
  test('a peer that was killed and started again is connected in both directions without a back-off', async () => {
    const peers = { a: await freeAddress(), b: await freeAddress() }
    const retry = { first: 1e9, longest: 1e9, refused: 1e9 }
    await using a = new Station(
      'a',
      new TcpTransport({ id: 'a', listen: peers.a, peers, retry, handshakeTimeout: 60_000 }),
    )
    await a.open()
    for (let round = 0; round < 2; round++) {
      await using b = run(peers, echo)
      await b.line((line) => line === 'open')
      // A message that returns from 'b' has gone there: both directions are connected.
      const timer = setInterval(() => a.transport.send([to('b')(numbered(round))]), 1)
      await a.until(() => numbersFrom(a, 'b').includes(round)).finally(() => clearInterval(timer))
      b.child.kill('SIGKILL')
      await a.until(() => a.lost.length === round + 1)
    }
    expect(a.lost).toEqual(['b', 'b'])
  })

  test('a closed transport leaves nothing that keeps a process alive', async () => {
    const peers = { a: await freeAddress(), b: await freeAddress(), down: await freeAddress() }
    await using child = run(
      peers,
      `
      setTimeout(() => {
        console.error('it goes on, with', process.getActiveResourcesInfo())
        process.exit(1)
      }, 30_000).unref()
      const open = async (id) => {
        const transport = new TcpTransport({ id, listen: peers[id], peers })
        const heard = Promise.withResolvers()
        await transport.open({ ...member(id), receive: heard.resolve })
        return { transport, heard: heard.promise }
      }
      const [a, b] = [await open('a'), await open('b')]
      const message = { type: 'timeoutNow', term: 1 }
      const timer = setInterval(() => a.transport.send([{ from: 'a', to: 'b', message }]), 1)
      await b.heard
      clearInterval(timer)
      await Promise.all([a.transport.close(), b.transport.close()])
      console.log('closed')`,
    )
    await child.line((line) => line === 'closed')
    expect(await child.ended).toEqual([0, null])
  })

  test('look-ups that nobody answers hold up neither the application nor the end of the process', async () => {
    const silent = createSocket('udp4')
    silent.bind(0, '127.0.0.1')
    await once(silent, 'listening')
    let asked = 0
    silent.on('message', () => asked++)
    await using child = run(
      { b: 'b.test:7401', c: 'c.test:7401', d: 'd.test:7401' },
      `
      import { lookup, Resolver } from 'node:dns/promises'
      import { nameLookup } from ${source('./names/index.ts')}
      const newResolver = () => {
        const resolver = new Resolver({ timeout: 60_000, tries: 1 })
        resolver.setServers(['127.0.0.1:${silent.address().port}'])
        return resolver
      }
      const retry = { first: 1, longest: 1 }
      const lookUp = nameLookup({ newResolver, resolvConf: '/dev/null' })
      const transport = new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers, retry, lookup: lookUp })
      await transport.open(member('a'))
      process.once('SIGUSR2', async () => {
        await lookup('localhost')
        await transport.close()
        console.log('closed')
      })`,
    )
    // One question for A and one for AAAA of each peer.
    while (asked < 6) await once(silent, 'message')
    child.child.kill('SIGUSR2')
    await child.line((line) => line === 'closed')
    const closedAt = performance.now()
    expect(await child.ended).toEqual([0, null])
    expect(performance.now() - closedAt).toBeLessThan(1000)
    expect(asked).toBe(6)
    silent.close()
  })
})

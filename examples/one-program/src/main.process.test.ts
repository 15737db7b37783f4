// Each way to run the program: every invoice is sent once, and fences grow from instance to instance.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { connect } from 'oarlock'
import { afterAll, expect, it } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'oarlock-one-program-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const all = Array.from({ length: 20 }, (_, i) => i + 1)

interface Sent {
  readonly invoice: number
  readonly fence: number
}

const sentBy = ({ lines }: NodeProcess): Sent[] =>
  lines.flatMap((line) => {
    const said = /has sent (\d+) with fence (\d+)$/.exec(line)
    return said === null ? [] : [{ invoice: Number(said[1]), fence: Number(said[2]) }]
  })

const invoicesOf = (sent: readonly Sent[]): number[] =>
  sent.map(({ invoice }) => invoice).sort((a, b) => a - b)

it('as a member, and as its client', async () => {
  const address = '127.0.0.1:7441'
  await using member = new NodeProcess(main, 'member', address, join(directory, 'api-1'))
  await member.line((line) => line.startsWith('member has sent 20 '))
  await using client = await connect({ endpoints: [address] })
  await client.kv.delete({ prefix: 'invoices/' })
  await using both = new NodeProcess(main, 'connect', address)
  expect(await both.ended).toEqual([0, null])
  expect([invoicesOf(sentBy(member)), invoicesOf(sentBy(both))]).toEqual([all, all])
  expect(sentBy(both)[0]!.fence).toBeGreaterThan(sentBy(member)[0]!.fence)
  member.child.kill('SIGTERM')
  expect(await member.ended).toEqual([0, null])
})

describeWithEtcd('on an etcd', () => {
  it('two instances send each invoice once', async () => {
    await using server = await EtcdServer.start()
    const instances = [new NodeProcess(main, 'etcd', server.url), new NodeProcess(main, 'etcd', server.url)]
    for (const instance of instances) expect(await instance.ended).toEqual([0, null])
    expect(invoicesOf(instances.flatMap(sentBy))).toEqual(all)
  })
})

// Nest applications as real processes, one on each version of Nest, in one cluster. SIGTERM ends them in
// order and quickly.
import { createServer } from 'node:net'
import { Disposables } from '@oarlock/test-support/disposables'
import type { NodeProcess } from '@oarlock/test-support/node-process'
import { expect, it } from 'vitest'
import { nestProcess, nestVersions } from '../../test/nest-process.ts'

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as { port: number }
      await new Promise((resolve) => server.close(resolve))
      return port
    }),
  )
}

/** So long that an election after a timeout cannot be mistaken for a hand-over. */
const electionTimeout = 1500
const says = (what: string) => (line: string) => line.includes(`"${what}":`)

it('the leader of three ends its work, hands over and exits, and so do the other two', async () => {
  const ports = await freePorts(3)
  const ids = nestVersions.map((version) => `nest-${version}`)
  const peers = Object.fromEntries(ids.map((id, at) => [id, `127.0.0.1:${ports[at]}`]))
  const options = (id: string) => JSON.stringify({ id, peers, electionTimeout })
  await using stack = new Disposables()
  const processes = nestVersions.map((version, at) =>
    stack.use(nestProcess(version, 'service.ts', options(ids[at]!))),
  )
  await Promise.all(processes.map((process) => process.line(says('listens'))))

  const leads = (some: readonly NodeProcess[]): Promise<NodeProcess> =>
    Promise.any(some.map((process) => process.line(says('leads')).then(() => process)))
  const leader = await leads(processes)
  const rest = processes.filter((process) => process !== leader)
  const next = leads(rest)
  const start = performance.now()
  leader.child.kill('SIGTERM')
  await next
  expect(performance.now() - start).toBeLessThan(electionTimeout)
  expect(await leader.ended).toEqual([null, 'SIGTERM'])
  expect(performance.now() - start).toBeLessThan(2000)
  // Other lines are Nest's log.
  expect(leader.lines.filter((line) => line.startsWith('{')).slice(-2)).toEqual([
    '{"revoked":"OARLOCK_MEMBER_CLOSED"}',
    expect.stringMatching(/^\{"done":\d+,"held":true\}$/),
  ])

  const begin = performance.now()
  for (const process of rest) process.child.kill('SIGTERM')
  for (const process of rest) expect(await process.ended).toEqual([null, 'SIGTERM'])
  expect(performance.now() - begin).toBeLessThan(2000)
})

it('without enableShutdownHooks() an instance warns of what will be lost', async () => {
  const options = JSON.stringify({ id: 'a', peers: { a: '127.0.0.1:1' }, listen: '127.0.0.1:0' })
  await using stack = new Disposables()
  const processes = nestVersions.map((version) =>
    stack.use(nestProcess(version, 'service.ts', options, 'no-hooks')),
  )
  for (const process of processes) {
    await process.line((line) => line.includes('Nothing listens for SIGTERM'), 'the warning')
    process.child.kill('SIGTERM')
    expect(await process.ended).toEqual([null, 'SIGTERM'])
    expect(process.lines.filter(says('revoked'))).toEqual([])
  }
})

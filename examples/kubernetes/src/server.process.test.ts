// The manifest's program, as three processes on loopback. test/repository/kubernetes.test.ts checks the manifest.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const program = fileURLToPath(new URL('server.ts', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'oarlock-kubernetes-'))
const pods = new Map<string, { readonly child: ChildProcess; readonly http: string }>()

afterAll(async () => {
  for (const { child } of pods.values()) child.kill('SIGKILL')
  await Promise.all([...pods.values()].map(({ child }) => ended(child)))
  rmSync(directory, { recursive: true, force: true })
})

const ended = async (child: ChildProcess) => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.signalCode ?? child.exitCode
}

/** Ports that are free at the same time. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function ask(id: string, path: string) {
  const response = await fetch(`${pods.get(id)!.http}${path}`)
  return { status: response.status, text: await response.text() }
}

/** Asks until the answer has this status, as a probe does. */
async function answers(id: string, path: string, status: number): Promise<string> {
  for (;;) {
    const answer = await ask(id, path).catch(() => null)
    if (answer?.status === status) return answer.text
    await wait(50)
  }
}

it('is ready while there is a leader, hands over on SIGTERM, and lives without a majority', async () => {
  const ids = ['job-0', 'job-1', 'job-2']
  const ports = await freePorts(2 * ids.length)
  const peers = ids.map((id, at) => `${id}=127.0.0.1:${ports[at]}`).join(',')
  for (const [at, id] of ids.entries()) {
    const env = {
      ...process.env,
      OARLOCK_ID: id,
      OARLOCK_PEERS: peers,
      OARLOCK_LISTEN: `127.0.0.1:${ports[at]}`,
      OARLOCK_DATA: join(directory, id),
      OARLOCK_SECRET: 'sixteen or more characters',
      PORT: `${ports[ids.length + at]}`,
    }
    const child = spawn(process.execPath, ['--conditions=@oarlock/source', program], { env, stdio: 'ignore' })
    pods.set(id, { child, http: `http://127.0.0.1:${env.PORT}` })
  }
  await Promise.all(ids.map((id) => answers(id, '/ready', 200)))

  const { leader } = JSON.parse((await ask('job-0', '/')).text) as { leader: string }
  const { child } = pods.get(leader)!
  child.kill('SIGTERM')
  expect(await ended(child)).toBe('SIGTERM')
  const [one, other] = ids.filter((id) => id !== leader)
  await Promise.all([answers(one!, '/ready', 200), answers(other!, '/ready', 200)])

  pods.get(one!)!.child.kill('SIGKILL')
  expect(await answers(other!, '/ready', 503)).toContain(one)
  expect((await ask(other!, '/live')).status).toBe(200)
})

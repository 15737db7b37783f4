// A real etcd for tests, on free ports and in a directory of its own. It is asked through its JSON gateway,
// which has the requests of its protocol as they are. A test can kill it, start it again, freeze it and wake
// it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'

const program = 'etcd'
const isThere = spawnSync(program, ['--version']).status === 0

/** A test that timed out has not stopped its servers. */
const running = new Set<ChildProcess>()
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}
process.once('exit', killAll)

/**
 * Describes tests that need an etcd. Without one they are skipped, unless OARLOCK_REQUIRE_ALL forbids that,
 * as in CI.
 */
export function describeWithEtcd(name: string, body: () => void): void {
  if (isThere)
    describe(name, () => {
      afterAll(killAll)
      body()
    })
  else if (process.env.OARLOCK_REQUIRE_ALL === '1')
    describe(name, () => {
      test(`${program} is installed, as OARLOCK_REQUIRE_ALL=1 demands`, () => {
        throw new Error(`${program} is not on the PATH: install Debian's etcd-server`)
      })
    })
  else describe.skip(`${name} (skipped: ${program} is not installed)`, body)
}

/**
 * Of those that no connection gets as its own. Else, while a member is down, one of its peers that dials it
 * could get its port.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

export interface EtcdServerOptions {
  /** Its certificate and key, and the authority of its clients' certificates: the paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
}

/** A refusal of etcd. */
export class EtcdError extends Error {}

export class EtcdServer implements AsyncDisposable {
  readonly url: string
  /** The same with TLS, if that was asked for. */
  secureUrl = ''
  #tls: readonly string[] = []
  readonly #name: string
  readonly #peerUrl: string
  readonly #directory: string = mkdtempSync(join(tmpdir(), 'oarlock-etcd-'))
  /** As etcd's option --initial-cluster has them. */
  #members = ''
  #child: ChildProcess | null = null

  private constructor(name: string, url: string, peerUrl: string) {
    this.#name = name
    this.url = url
    this.#peerUrl = peerUrl
  }

  /** A cluster of one. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const [server] = await EtcdServer.startCluster(1, options)
    return server!
  }

  static async startCluster(size: number, { tls }: EtcdServerOptions = {}): Promise<readonly EtcdServer[]> {
    const servers: EtcdServer[] = []
    for (let n = 0; n < size; n++) {
      const [url, peerUrl] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
      const server = new EtcdServer(`etcd-${n}`, url!, peerUrl!)
      if (tls !== undefined) {
        server.secureUrl = `https://127.0.0.1:${await freePort()}`
        server.#tls = [
          ['--cert-file', tls.cert, '--key-file', tls.key],
          ['--trusted-ca-file', tls.ca, '--client-cert-auth'],
        ].flat()
      }
      servers.push(server)
    }
    const members = servers.map((server) => `${server.#name}=${server.#peerUrl}`).join()
    for (const server of servers) server.#members = members
    await Promise.all(servers.map((server) => server.start()))
    return servers
  }

  /** Again, with the data that it had. */
  async start(): Promise<void> {
    const urls = this.secureUrl === '' ? this.url : `${this.url},${this.secureUrl}`
    const child = spawn(
      program,
      [
        ['--name', this.#name, '--data-dir', this.#directory],
        ['--listen-client-urls', urls, '--advertise-client-urls', this.url],
        ['--listen-peer-urls', this.#peerUrl, '--initial-advertise-peer-urls', this.#peerUrl],
        ['--initial-cluster', this.#members, '--unsafe-no-fsync'],
        ['--heartbeat-interval', '50', '--election-timeout', '500'],
        ['--logger', 'zap', '--log-level', 'error'],
        this.#tls,
      ].flat(),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#child = child
    running.add(child)
    const said: string[] = []
    child.stderr!.on('data', (chunk) => said.push(String(chunk)))
    const ended = once(child, 'exit').then(() => {
      running.delete(child)
      throw new Error(`etcd has ended: ${said.join('')}`)
    })
    await Promise.race([this.#isUp(), ended])
    ended.catch(() => {})
  }

  async #isUp(): Promise<void> {
    for (;;) {
      try {
        return void (await this.ask('kv/range', { key: 'AA==' }))
      } catch (error) {
        // With authentication enabled.
        if (error instanceof EtcdError && error.message.includes('user name is empty')) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }

  /** `token`: of a user, if authentication is enabled. Throws EtcdError. */
  async ask<Answer = Record<string, unknown>>(
    method: string,
    request: object,
    token?: string,
  ): Promise<Answer> {
    const response = await fetch(`${this.url}/v3/${method}`, {
      method: 'POST',
      body: JSON.stringify(request),
      ...(token === undefined ? {} : { headers: { authorization: token } }),
    })
    const answer = (await response.json()) as Answer & { error?: string; message?: string }
    if (!response.ok) throw new EtcdError(answer.error ?? answer.message)
    return answer
  }

  /** Deletes all keys and leases. The revision goes on. */
  async empty(): Promise<void> {
    const { leases = [] } = await this.ask<{ leases?: { ID: string }[] }>('lease/leases', {})
    for (const { ID } of leases) {
      await this.ask('lease/revoke', { ID }).catch((error: Error) => {
        // It has just expired.
        if (!error.message.includes('requested lease not found')) throw error
      })
    }
    await this.ask('kv/deleterange', { key: 'AA==', range_end: 'AA==' })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** The kernel still accepts connections. Resolves when the server has stopped to answer. */
  async freeze(): Promise<void> {
    this.#child?.kill('SIGSTOP')
    for (;;) {
      const signal = AbortSignal.timeout(50)
      const answers = await fetch(`${this.url}/version`, { signal }).then(
        (response) => response.text().then(() => true),
        () => false,
      )
      if (!answers) return
    }
  }

  wake(): void {
    this.#child?.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true })
  }
}

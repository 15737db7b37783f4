// A real etcd for tests, on free ports and in a directory of its own. It is asked through its JSON gateway, which has
// the requests of its protocol as they are.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this machine has one. */
export const hasEtcd = (): boolean => spawnSync('etcd', ['--version']).status === 0

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A refusal of etcd. */
export class EtcdError extends Error {}

export class EtcdServer implements AsyncDisposable {
  readonly url: string
  readonly #process: ReturnType<typeof spawn>
  readonly #directory: string

  private constructor(url: string, process: ReturnType<typeof spawn>, directory: string) {
    this.url = url
    this.#process = process
    this.#directory = directory
  }

  static async start(): Promise<EtcdServer> {
    const directory = mkdtempSync(join(tmpdir(), 'oarlock-etcd-'))
    const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
    const process = spawn(
      'etcd',
      [
        ['--data-dir', directory],
        ['--listen-client-urls', client!, '--advertise-client-urls', client!],
        ['--listen-peer-urls', peer!, '--initial-advertise-peer-urls', peer!],
        ['--initial-cluster', `default=${peer}`, '--unsafe-no-fsync'],
        ['--logger', 'zap', '--log-level', 'error'],
      ].flat(),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const server = new EtcdServer(client!, process, directory)
    const said: string[] = []
    process.stderr!.on('data', (chunk) => said.push(String(chunk)))
    const ended = once(process, 'exit').then(() => {
      throw new Error(`etcd has ended: ${said.join('')}`)
    })
    await Promise.race([server.#isUp(), ended])
    ended.catch(() => {})
    return server
  }

  async #isUp(): Promise<void> {
    for (;;) {
      try {
        return void (await this.ask('kv/range', { key: 'AA==' }))
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }

  /** Throws EtcdError. */
  async ask<Answer = Record<string, unknown>>(method: string, request: object): Promise<Answer> {
    const response = await fetch(`${this.url}/v3/${method}`, {
      method: 'POST',
      body: JSON.stringify(request),
    })
    const answer = (await response.json()) as Answer & { error?: string; message?: string }
    if (!response.ok) throw new EtcdError(answer.error ?? answer.message)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL')
      await once(this.#process, 'exit')
    }
    rmSync(this.#directory, { recursive: true })
  }
}

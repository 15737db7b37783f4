import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { index } from '@oarlock/core'
import { expect, it } from 'vitest'
import { DiskLogStore } from './disk-log-store.ts'

/**
 * Writes entries of some kilobytes whose data is their index, and prints each index when it is durable.
 */
const program = (directory: string): string => `
  import { DiskLogStore } from ${JSON.stringify(import.meta.resolve('./index.ts'))}
  const store = new DiskLogStore({ directory: ${JSON.stringify(directory)}, cluster: 'c', id: 'a', segmentBytes: 50_000 })
  const { log } = await store.open()
  for (let index = log.lastIndex + 1; ; index++) {
    const entry = { term: 1, index, type: 'normal', data: Buffer.alloc(4000, String(index)) }
    await store.write([{ hardState: null, entries: [entry], snapshot: null, mustSync: true, thenSend: [] }])
    console.log(index)
  }
`

it('a process that is killed while it writes loses nothing that it has acknowledged, repeatedly', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oarlock-kill-'))
  let acknowledged = 0
  try {
    for (let life = 1; life <= 3; life++) {
      const args = ['--conditions=@oarlock/source', '--input-type=module', '-e', program(directory)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const gone = once(child, 'exit')
      for await (const line of createInterface(child.stdout)) {
        acknowledged = Number(line)
        if (acknowledged >= life * 40) child.kill('SIGKILL')
      }
      // A process that ended by itself would prove nothing.
      expect(await gone).toEqual([null, 'SIGKILL'])

      const store = new DiskLogStore({ directory, cluster: 'c', id: 'a' })
      const { log } = await store.open()
      expect(log.lastIndex).toBeGreaterThanOrEqual(acknowledged)
      for (let at = 1; at <= log.lastIndex; at++) {
        const [entry] = log.entries(index(at), index(at + 1), 0)
        expect(Buffer.from(entry!.data).equals(Buffer.alloc(4000, String(at))), `entry ${at}`).toBe(true)
      }
      await store.close()
    }
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})

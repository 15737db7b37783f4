// A member as process 1 of a PID namespace, as in a container. The kernel ignores a signal that this process
// sends to itself.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../test/member-process.ts', import.meta.url))
const inNamespace = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child']
/** Some systems do not allow it. shutdown-signals.test.ts has the rule itself. */
const isAllowed = spawnSync('unshare', [...inNamespace, 'true']).status === 0

it.skipIf(!isAllowed)('a member that is process 1 closes on SIGTERM and exits with 143', async () => {
  const data = await mkdtemp(join(tmpdir(), 'oarlock-process-one-'))
  const options = JSON.stringify({ id: 'a', peers: { a: '127.0.0.1:1' }, listen: '127.0.0.1:0', data })
  const outer = spawn(
    'unshare',
    [...inNamespace, process.execPath, '--conditions=@oarlock/source', script, options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const exited = once(outer, 'exit')
    const lines: string[] = []
    for await (const line of createInterface({ input: outer.stdout })) {
      lines.push(line)
      if (!line.includes('"leads"')) continue
      const inner = Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8'))
      process.kill(inner, 'SIGTERM')
    }
    expect(await exited).toEqual([143, null])
    expect(lines.at(-1)).toBe('{"closed":"a"}')
  } finally {
    outer.kill('SIGKILL')
    await rm(data, { recursive: true })
  }
})

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import type { Manifest } from './run-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import type { Verdict } from './verdict.ts'

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(
  args: readonly string[],
  stdin = '',
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const main = join(import.meta.dirname, 'main.ts')
  // In its own process group, as on a terminal.
  const child = spawn(process.execPath, ['--conditions=@oarlock/source', main, ...args], { detached: true })
  running.add(child)
  child.stdin.end(stdin)
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const ended = once(child, 'close').then(async ([code]) => {
    running.delete(child)
    return { code: code as number | null, stdout: await stdout, stderr: await stderr }
  })
  return { child, ended }
}

const run = (args: readonly string[], stdin?: string): Promise<Ended> => start(args, stdin).ended

/** Resolves when standard error, to which --json writes the events, matches `what`. */
async function said(child: ChildProcess, what: RegExp): Promise<string> {
  let all = ''
  for (;;) {
    const [chunk] = (await once(child.stderr!, 'data')) as [Buffer]
    all += chunk.toString()
    if (what.test(all)) return all
  }
}

/** The member processes of the run in `directory`. */
async function membersOf(directory: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args='])
  const ours = stdout
    .split('\n')
    .filter((line) => line.includes('member-process.ts') && line.includes(directory))
  return ours.map((line) => Number.parseInt(line, 10))
}

async function inputOf(directory: string, records: number): Promise<string> {
  const path = join(directory, 'records.ndjson')
  await writeFile(path, Array.from({ length: records }, (_, i) => `{"n":${i}}\n`).join(''))
  return path
}

const numbersIn = (output: string): number[] => {
  const lines = output.split('\n').slice(0, -1)
  return lines.map((line) => (JSON.parse(line) as { record: { n: number } }).record.n)
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('the singleton job', () => {
  test('writes every record once and in order while leaders are killed and members are replaced, with one leader at a time', async () => {
    const directory = await temporaryDirectory()
    const data = join(directory, 'run')
    const input = await inputOf(directory, 100_000)
    const { child, ended } = start([
      '--json',
      '--data',
      data,
      '--input',
      input,
      '--kill-every',
      '1s',
      '--replace-every',
      '2s',
    ])
    // Three leaders were killed before that, and at least one member was replaced.
    await said(child, /SIGCONT to/)
    process.kill(-child.pid!, 'SIGINT')
    const { code, stdout } = await ended
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const verdict = JSON.parse(stdout) as Verdict
    expect(verdict).toMatchObject({
      holds: true,
      faults: [],
      duplicates: 0,
      gaps: 0,
      disorder: 0,
      overlap: 0,
      ending: 'interrupted',
    })
    expect(verdict.kills).toMatchObject({ SIGKILL: expect.any(Number), SIGSTOP: 1 })
    expect(verdict.kills.count).toBeGreaterThanOrEqual(4)
    expect(verdict.kills.recovered).toBe(verdict.kills.count)
    expect(verdict.records.in).toBeGreaterThan(100)
    expect(verdict.snapshot).toBeGreaterThan(0)
    expect(verdict.replacements.count).toBeGreaterThanOrEqual(1)
    expect(verdict.replacements.done).toBe(verdict.replacements.count)
    expect(numbersIn(await readFile(join(data, 'output.ndjson'), 'utf8'))).toEqual(upTo(verdict.records.in))
    expect(code).toBe(0)
    expect(await membersOf(data)).toEqual([])
  })

  test('continues after a Ctrl-C where it stopped', async () => {
    const directory = await temporaryDirectory()
    const data = join(directory, 'run')
    const output = join(directory, 'out')
    const lines = upTo(300).map((n) => `{"n":${n}}`)
    const first = start(
      ['--json', '--data', data, '--output', output, '--input', '-', '--kill-every', 'off'],
      lines.join('\r\n'),
    )
    await said(first.child, /leads with fence/)
    while ((await readFile(output)).length === 0) await delay(10)
    // Like a terminal: to the process group of the supervisor.
    process.kill(-first.child.pid!, 'SIGINT')
    const interrupted = await first.ended
    const before = JSON.parse(interrupted.stdout) as Verdict
    expect(before).toMatchObject({ holds: true, ending: 'interrupted', records: { total: 300 } })
    expect(before.records.in).toBeGreaterThan(0)
    expect(before.records.in).toBeLessThan(300)
    expect(interrupted.code).toBe(0)
    expect(numbersIn(await readFile(output, 'utf8'))).toEqual(upTo(before.records.in))
    expect(await membersOf(data)).toEqual([])

    const { code, stdout } = await run(['--json', '--data', data, '--kill-every', 'off', '--rate', '2000'])
    expect(JSON.parse(stdout)).toMatchObject({
      holds: true,
      ending: 'the input has ended',
      records: { in: 300, out: 300 },
    })
    expect(code).toBe(0)
    expect(numbersIn(await readFile(output, 'utf8'))).toEqual(upTo(300))
  })

  test('ends when its time is up', async () => {
    const { code, stdout } = await run(['--json', '--duration', '1s', '--kill-every', 'off'])
    expect(JSON.parse(stdout)).toMatchObject({ holds: true, ending: 'the time is up' })
    expect(code).toBe(0)
  })

  test('leaves no member behind when the supervisor is killed, not even a stopped one', async () => {
    const data = join(await temporaryDirectory(), 'run')
    const { child, ended } = start(['--json', '--data', data, '--kill-every', '300ms'])
    await said(child, /SIGSTOP to/)
    expect(await membersOf(data)).toHaveLength(3)
    child.kill('SIGKILL')
    await ended
    while ((await membersOf(data)).length > 0) await delay(50)
  })

  test('leaves nothing in the temporary directory', async () => {
    const directory = await temporaryDirectory()
    const input = await inputOf(directory, 0)
    const { code, stdout } = await run(['--json', '--input', input])
    expect(JSON.parse(stdout)).toMatchObject({
      holds: true,
      records: { in: 0, out: 0, total: 0 },
      directory: null,
    })
    expect(code).toBe(0)
    const output = (JSON.parse(stdout) as { output: string }).output
    await expect(readFile(output)).rejects.toThrow('ENOENT')
  })
})

describe('a run that cannot start', () => {
  const refusal = async (args: readonly string[], stdin?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(['--json', ...args], stdin)
    expect(stdout).toBe('')
    expect(code, stderr).toBe(2)
    return stderr.trimEnd().split('\n').at(-1)!
  }

  test('is rejected with one line', async () => {
    const directory = await temporaryDirectory()
    const missing = join(directory, 'missing')
    const data = join(directory, 'run')
    expect(await refusal(['--frobnicate'])).toBe("singleton-job: Unknown option '--frobnicate': see --help")
    expect(await refusal(['--input', missing, '--data', data])).toBe(
      `singleton-job: cannot read the input ${missing}: there is no such file`,
    )
    expect(await refusal(['--input', directory, '--data', data])).toContain('it is a directory')
    expect(await readdir(directory)).toEqual([])
    await writeFile(data, 'mine')
    expect(await refusal(['--data', data])).toContain('it is a file; give another directory')
    expect(await refusal(['--output', data])).toContain(
      'exists already: move it away, or give another --output',
    )
    expect(await refusal(['--data', directory])).toContain('is not empty and holds no run')
    expect(await readFile(data, 'utf8')).toBe('mine')
  })

  describe('because its directory holds another run', () => {
    async function runOf(
      directory: string,
      name: string,
      more: readonly string[] = [],
    ): Promise<{ data: string; manifest: Manifest }> {
      const data = join(directory, name)
      const { code } = await run(
        ['--json', '--data', data, '--input', '-', '--kill-every', 'off', ...more],
        'a\nb\n',
      )
      expect(code).toBe(0)
      return { data, manifest: JSON.parse(await readFile(join(data, 'run.json'), 'utf8')) as Manifest }
    }

    test('is rejected with a line that names the run and says what to do', async () => {
      const directory = await temporaryDirectory()
      const { data, manifest } = await runOf(directory, 'one')
      const holder = `${data} holds run ${manifest.cluster} (3 members, input standard input)`
      expect(await refusal(['--data', data, '--members', '5'])).toContain(
        `${holder}: leave --members out to continue it, or`,
      )
      expect(await refusal(['--data', data, '--input', '-'], 'a\nc\n')).toContain(
        `${holder}: leave --input out to continue it, or`,
      )
      expect(await refusal(['--data', data, '--output', join(directory, 'o')])).toContain(
        `${holder}: leave --output out`,
      )

      const [[, address] = ['', '']] = Object.entries(manifest.members)
      const port = Number(address.split(':')[1])
      // Closes the connections of the other members.
      const occupier = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
      await once(occupier, 'listening')
      expect(await refusal(['--data', data])).toBe(
        `singleton-job: member-1 cannot listen on ${address}, the port is in use: end what uses it, or give --data another directory`,
      )
      occupier.close()
      await once(occupier, 'close')
      expect(await membersOf(data)).toEqual([])

      const other = await runOf(directory, 'other')
      await rm(join(data, 'member-2'), { recursive: true })
      await mkdir(join(data, 'member-2'))
      await cp(join(other.data, 'member-2'), join(data, 'member-2'), { recursive: true })
      expect(await refusal(['--data', data])).toContain(
        `member-2 holds the data of member 'member-2', which took part with cluster '${other.manifest.cluster}'`,
      )
      expect(await membersOf(data)).toEqual([])

      await writeFile(join(data, 'input'), 'changed\n')
      expect(await refusal(['--data', data])).toContain('has changed since: restore it, or')
    })
  })
})

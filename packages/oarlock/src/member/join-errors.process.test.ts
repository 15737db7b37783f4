// join() on directories that the operating system itself refuses: read-only and full file systems, another
// user's directory, no more open files.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const root = mkdtempSync(joinPath(tmpdir(), 'oarlock-refused-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A process that joins on a directory after `before`, and prints the error, or runs `then`. */
const joining = (data: string, before = '', then = "console.log('joined')"): readonly string[] => {
  const program = `
    import { openSync } from 'node:fs'
    import { join, MemoryNetwork } from ${JSON.stringify(import.meta.resolve('../index.ts'))}
    ${before}
    const options = { id: 'a', peers: { a: 'a:1' }, transport: new MemoryNetwork().transport('a') }
    await join({ ...options, data: ${JSON.stringify(data)} }).then(
      async (member) => { ${then}; return member.close() },
      ({ code, message }) => console.log(code, message),
    )
  `
  return [process.execPath, '--conditions=@oarlock/source', '--input-type=module', '--eval', program]
}

/** The output of a command. */
function outputOf(...[command, ...args]: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' })
  return stdout === '' ? stderr : stdout.trimEnd()
}

const unshare = ['--user', '--map-root-user', '--mount']
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', [...unshare, 'mount', '-t', 'tmpfs', 'none', root]).status === 0

it.skipIf(!canMount).each([
  [
    'read-only',
    'ro',
    'its file system is read-only (EROFS). Mount it for writing, or choose another directory',
  ],
  ['full', 'size=16k', 'its disk is full (ENOSPC). Make room, then start the member again'],
])('a file system that is %s', (name, option, text) => {
  const at = joinPath(root, name)
  mkdirSync(at)
  const data = joinPath(at, 'data')
  const mountAndRun = `mount -t tmpfs -o ${option} none "$0" && exec "$@"`
  expect(outputOf('unshare', ...unshare, 'sh', '-c', mountAndRun, at, ...joining(data))).toBe(
    `OARLOCK_DATA_ACCESS the data directory ${data} cannot be used: ${text}`,
  )
})

it.skipIf(!canMount)('a file system that is smaller than a segment is large enough', () => {
  const at = joinPath(root, 'small')
  mkdirSync(at)
  const leading = joining(joinPath(at, 'data'), '', "await member.lead(async () => console.log('leads'))")
  const mountAndRun = 'mount -t tmpfs -o size=16m none "$0" && exec "$@"'
  expect(outputOf('unshare', ...unshare, 'sh', '-c', mountAndRun, at, ...leading)).toBe('leads')
})

it.skipIf(process.getuid?.() !== 0)("another user's directory", () => {
  const data = joinPath(root, 'private')
  mkdirSync(data, { mode: 0o700 })
  expect(outputOf(...joining(joinPath(data, 'a'), 'process.setuid(65534)'))).toMatch(
    /^OARLOCK_DATA_ACCESS .*this process has no right to it \(EACCES\)\. Let the user of this process read and write/,
  )
})

it.skipIf(process.platform === 'win32')('no more open files', () => {
  const command = joining(joinPath(root, 'many'), "try { for (;;) openSync('/dev/null') } catch {}")
  expect(outputOf('sh', '-c', 'ulimit -n 64 && exec "$0" "$@"', ...command)).toMatch(
    /^OARLOCK_DATA_ACCESS .*this process has too many open files \(EMFILE\)\. Raise/,
  )
})

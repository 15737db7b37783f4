// What .ci/run ends with: the failed tests, as far as the last lines of a log show them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { root } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'oarlock-failures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stack = '\n    at check (file:///x.test.ts:1:1)\n    at run (file:///vitest.js:2:2)'

/** One file of Vitest's report. The tests that failed are given by their messages. */
const file = (name: string, failed: readonly string[], message = '') => ({
  name: join(root, name),
  status: failed.length > 0 || message !== '' ? 'failed' : 'passed',
  message,
  assertionResults: [
    { status: 'passed', fullName: 'a test that passes', failureMessages: [] },
    ...failed.map((text, at) => ({
      status: 'failed',
      fullName: `test ${at}`,
      failureMessages: [text + stack],
    })),
  ],
})

function printed(testResults: readonly ReturnType<typeof file>[]): string[] {
  const report = join(folder, 'vitest.json')
  const counts = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }
  writeFileSync(report, JSON.stringify({ ...counts, testResults }))
  const args = [join(root, 'scripts/failures.mjs'), report]
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).trimEnd().split('\n')
}

it('a run without a failure ends with its counts', () =>
  expect(printed([file('a.test.ts', [])])).toEqual(['tests: 5 passed, 2 failed, 2 skipped']))

it('a failed test has its name and its message, without the stack', () =>
  expect(printed([file('a.test.ts', ['Error: seed 12345 fails\n\n  two holders'])])).toEqual([
    '✘ a.test.ts > test 0',
    '  Error: seed 12345 fails',
    '    two holders',
    expect.stringMatching(/^tests: /),
  ]))

it('a file that cannot be loaded is a failure', () =>
  expect(printed([file('a.test.ts', [], 'Cannot find module')])).toEqual([
    '✘ a.test.ts',
    '  Cannot find module',
    expect.stringMatching(/^tests: /),
  ]))

it.each([2, 10, 11, 300])('%i failures fit into the last lines', (count) => {
  const long = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')
  const lines = printed([
    file(
      'a.test.ts',
      Array.from({ length: count }, () => long),
    ),
  ])
  const titles = lines.filter((line) => line.startsWith('✘ a.test.ts'))
  expect(lines.length).toBeLessThanOrEqual(21)
  expect(titles).toHaveLength(count <= 10 ? count : 9)
  expect(lines[lines.indexOf(titles.at(-1)!) + 1]).toBe('  line 0')
  expect(lines.includes(`✘ and ${count - 9} more`)).toBe(count > 10)
})

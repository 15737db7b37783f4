// npm run mutants: its help and its options.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './files.ts'

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/run.mjs'), join(root, 'test/mutation/main.ts'), ...args],
    {
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr }
}

describe('npm run mutants', () => {
  it.each(['--help', '-h'])('%s prints its own help, and not that of a simulator', (option) => {
    const { status, stdout, stderr } = run(option)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const name of ['--from N', '--seeds N', '--update'])
      expect(stdout).toContain(`npm run mutants -- ${name}`)
    expect(stdout).not.toContain('--trace')
    expect(stdout.match(/Exit code/g)).toHaveLength(1)
  })

  it('rejects an unknown option, once', () => {
    const { status, stdout, stderr } = run('--seed', '1')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^Unknown option '--seed'.*\n\(npm run mutants -- --help lists the options\)\n$/)
  })

  it('rejects a number of seeds that is none', () => {
    const { status, stdout, stderr } = run('--seeds', 'many')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr.match(/--seeds takes a whole number, got 'many'/g)).toHaveLength(1)
  })
})

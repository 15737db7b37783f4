// npm run mutants: its own help, and the options that it passes to both simulators.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './files.ts'

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/mutants.mjs'), ...args],
    {
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr }
}

describe('npm run mutants', () => {
  it.each(['--help', '-h'])('%s prints its own help, and not that of the simulators', (option) => {
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
    expect(stderr).toMatch(/^Unknown option '--seed'.*\n\(npm run mutants -- --help says what there is\)\n$/)
  })

  it('ends with the first simulator that rejects its options', () => {
    const { status, stdout, stderr } = run('--seeds', 'many')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr.match(/--seeds takes a whole number, got 'many'/g)).toHaveLength(1)
  })
})

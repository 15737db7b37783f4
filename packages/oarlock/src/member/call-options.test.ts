import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'

const { signal } = new AbortController()

describe('the calls of a member', () => {
  it('refuse a signal where the options belong, other options, and a task that is no function', async () => {
    await using cluster = await new Cluster<string, unknown>(1).start()
    const { member } = await cluster.leading()
    const task = async () => {}
    const wrong: [call: () => unknown, message: RegExp][] = [
      [
        () => member.lead(task, signal as object),
        /^lead: the signal stands where the options belong: write \{ signal \}$/,
      ],
      [() => member.propose('x', signal as object), /^propose: the signal stands/],
      [() => member.observe(signal as object), /^observe: the signal stands/],
      [() => member.transferLeadership(signal as object), /^transferLeadership: the signal stands/],
      [
        () => member.lead(task, { singal: signal } as object),
        /^lead: unknown option 'singal': did you mean 'signal'\?$/,
      ],
      [
        () => member.propose('x', { signal: {} } as object),
        /^propose: signal must be an AbortSignal, got an object$/,
      ],
      [() => member.transferLeadership({ too: 'a' } as object), /^transferLeadership: unknown option 'too'/],
      [
        () => member.lead(Promise.resolve() as never),
        /^lead: the task must be a function .* a promise: it must be/,
      ],
      [() => member.backup(''), /^backup: the file must be a path, a string that is not empty, got ''$/],
      [() => member.backup(7 as never), /^backup: the file must be a path/],
      [() => member.backup('x', signal as object), /^backup: the signal stands/],
      [() => member.backupStream({ singal: signal } as object), /^backup: unknown option 'singal'/],
      [() => member.lead(undefined as never), /^lead: the task must be a function .* got undefined$/],
    ]
    for (const [call, message] of wrong)
      await expect(async () => call()).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_OPTIONS',
        message: expect.stringMatching(message),
      })
    expect(member.leadership?.held).toBe(true)
  })
})

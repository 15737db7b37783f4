import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Leadership, LeadershipLostError } from 'oarlock'
import { describe, expect, test } from 'vitest'
import { audit } from './audit.ts'
import { type Answer, type Claim, Claims, type Command } from './claims.ts'
import { InputChangedError, type Job, OvertakenError, outputLine, runJob } from './job.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A leadership that the test can end. */
function leadershipOf(fence: number): Leadership & { lose(): void } {
  const controller = new AbortController()
  const held = () => !controller.signal.aborted
  const lost = new LeadershipLostError(`fence ${fence} is over`)
  return {
    fence,
    signal: controller.signal,
    get held() {
      return held()
    },
    deadline: Number.POSITIVE_INFINITY,
    assertHeld() {
      if (!held()) throw lost
    },
    lose: () => controller.abort(lost),
  }
}

const records = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? `text ${i}` : `{"n":${i}}`))

/** One state machine, an input and an output. */
async function setUp(content = `${records.join('\n')}\n`) {
  const directory = await temporaryDirectory()
  const [input, output] = [join(directory, 'input'), join(directory, 'output')]
  await writeFile(input, content)
  await writeFile(output, '')
  const claims = new Claims()
  const inputBytes = Buffer.byteLength(content)
  const job = (
    by: string,
    propose: (command: Command) => Answer | Promise<Answer> = (command) => claims.apply(command),
  ): Job => ({
    by,
    input,
    inputBytes,
    output,
    rate: 100_000,
    finish: new AbortController().signal,
    propose: async (command) => propose(command),
  })
  return {
    input,
    output,
    claims,
    job,
    audit: () => audit({ path: input, bytes: inputBytes }, output, claims.progress.position),
  }
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const clean = { duplicates: 0, gaps: 0, disorder: 0, altered: 0, foreign: 0, fenceDecreases: 0 }

describe('the job', () => {
  test('writes every record, once and in order', async () => {
    const { job, output } = await setUp('{"a":1}\nplain\n')
    expect(await runJob(leadershipOf(4), job('m1'))).toBe(2)
    expect(await readFile(output, 'utf8')).toBe(
      '{"seq":1,"fence":4,"by":"m1","record":{"a":1}}\n{"seq":2,"fence":4,"by":"m1","record":"plain"}\n',
    )
  })

  test('ends at once with an empty input', async () => {
    const { job } = await setUp('')
    expect(await runJob(leadershipOf(1), job('m1'))).toBe(0)
  })

  test('ends after the current record when asked to finish', async () => {
    const { claims, job, audit } = await setUp()
    const finish = new AbortController()
    const propose = (command: Command): Answer => {
      if (command.kind === 'claim' && command.record === 5) finish.abort()
      return claims.apply(command)
    }
    expect(await runJob(leadershipOf(1), { ...job('m1', propose), finish: finish.signal })).toBe(5)
    expect(await audit()).toEqual({ ...clean, out: 5 })
  })

  test('a leader that lost its leadership neither claims nor writes', async () => {
    const { claims, job, output } = await setUp()
    const leadership = leadershipOf(1)
    const propose = (command: Command): Answer => {
      const answer = claims.apply(command)
      if (command.kind === 'claim' && command.record === 3) leadership.lose()
      return answer
    }
    await expect(runJob(leadership, job('m1', propose))).rejects.toThrow(LeadershipLostError)
    expect(claims.progress.position).toBe(3)
    expect((await readFile(output, 'utf8')).split('\n')).toHaveLength(2 + 1)
  })

  test('a claim that is still on its way when the next leader takes over is rejected', async () => {
    const { claims, job, audit } = await setUp()
    const late = gate()
    const onItsWay = gate()
    const first = runJob(
      leadershipOf(1),
      job('m1', async (command) => {
        if (command.kind === 'claim' && command.record === 4) {
          onItsWay.open()
          await late.opened
        }
        return claims.apply(command)
      }),
    )
    await onItsWay.opened
    const second = leadershipOf(2)
    const paused = gate()
    const hasTakenOver = gate()
    const secondRun = runJob(
      second,
      job('m2', async (command) => {
        if (command.kind === 'claim' && command.record === 4) {
          hasTakenOver.open()
          await paused.opened
        }
        return claims.apply(command)
      }),
    )
    await hasTakenOver.opened
    late.open()
    await expect(first).rejects.toThrow(OvertakenError)
    paused.open()
    await secondRun
    expect(await audit()).toEqual({ ...clean, out: records.length })
  })

  test('does not redo a claim if the input has changed', async () => {
    const { claims, input, job } = await setUp()
    claims.apply({ kind: 'takeOver', fence: 1, by: 'm1' })
    const line = outputLine({ record: 1, fence: 1, by: 'm1' }, records[0]!)
    claims.apply({
      kind: 'claim',
      record: 1,
      fence: 1,
      by: 'm1',
      start: 0,
      end: 7,
      offset: 0,
      length: line.length,
    })
    await writeFile(input, 'other content altogether\n')
    await expect(runJob(leadershipOf(2), job('m2'))).rejects.toThrow(InputChangedError)
  })

  const deaths = [
    'before the claim',
    'claim unknown',
    'before the write',
    'in the write',
    'after the write',
  ] as const

  test('the output is exact wherever and however often leaders die, and if some wake up late', async () => {
    const lives = fc.array(
      fc.record({
        record: fc.integer({ min: 1, max: records.length }),
        death: fc.constantFrom(...deaths),
        wakes: fc.boolean(),
      }),
      {
        maxLength: 8,
      },
    )
    await fc.assert(
      fc.asyncProperty(lives, async (given) => {
        const { claims, job, output, audit } = await setUp()
        let fence = 0
        let sleeping: { claim: Claim; line: Buffer } | null = null
        const put = async (bytes: Buffer, offset: number) => {
          await using file = await open(output, 'r+')
          await file.write(bytes, 0, bytes.length, offset)
        }
        for (const { record, death, wakes } of given) {
          fence += 2
          const by = `m${fence % 3}`
          const leadership = leadershipOf(fence)
          let last: Claim | null = null
          const propose = (command: Command): Answer => {
            if (command.kind === 'takeOver') return claims.apply(command)
            if (command.record < record) return claims.apply(command)
            if (command.record === record && death !== 'after the write') {
              leadership.lose()
              if (death === 'before the claim') throw new Error('not proposed')
              const answer = claims.apply(command)
              if (death === 'claim unknown') throw new Error('no answer')
              last = command
              return answer
            }
            if (command.record === record) return claims.apply(command)
            leadership.lose()
            throw new Error('died before the next claim')
          }
          await runJob(leadership, job(by, propose)).catch(() => {})
          if (sleeping !== null) await put(sleeping.line, sleeping.claim.offset)
          const dead = last as Claim | null
          if (dead === null) continue
          const line = outputLine(dead, records[dead.record - 1]!)
          if (death === 'in the write') await put(line.subarray(0, line.length >> 1), dead.offset)
          // This leader was stopped before its write, and writes when others are far ahead.
          if (wakes) sleeping = { claim: dead, line }
        }
        expect(await runJob(leadershipOf(fence + 1), job('last'))).toBe(records.length)
        if (sleeping !== null) await put(sleeping.line, sleeping.claim.offset)
        expect(await audit()).toEqual({ ...clean, out: records.length })
      }),
      { numRuns: 60 },
    )
  })
})

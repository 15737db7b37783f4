import { describe, expect, it, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { type Command, commandOf as parsed } from '../commands/index.ts'
import { calms, play, type Result, type Schedule, wholeOf } from '../runs/index.ts'
import type { Action, Checker } from '../world/index.ts'
import { argumentsOf } from './command-line.ts'
import { shrink } from './shrink.ts'

type Testkit = typeof import('../index.ts')
const broken = (mutant: string): Promise<Testkit> => mutated<Testkit>('packages/testkit/src/index.ts', mutant)

/** The first seed that fails, after so much that there is something to leave out. */
function failing({ play }: Testkit): Schedule {
  for (let seed = 1; seed < 300; seed++) {
    const schedule = wholeOf(seed, true)
    const { violation, events } = play(schedule)
    if (violation !== null && events > 200) return schedule
  }
  throw new Error('no seed fails')
}

function scheduleIn(command: Command): Schedule {
  if (command.type !== 'one') throw new Error(`it asks for ${command.type}`)
  return command.schedule
}

const limits = { runs: 3000, time: 60_000 }

describe.each(['L3', 'L4', 'L7'])('a run of %s that fails', { timeout: 60_000 }, async (mutant) => {
  const testkit = await broken(mutant)
  const { play, shrink, tell } = testkit
  const { schedule, result, before, finished } = shrink(failing(testkit), limits)

  it('is made much shorter, with the same violation', () => {
    expect(result.violation?.checker).toBe(before.violation?.checker)
    expect(result.events).toBeLessThan(before.events * 0.6)
    const kept = Object.values(schedule.kept).reduce((sum, numbers) => sum + numbers.size, 0)
    const all = Object.values(before.actions).reduce((sum, count) => sum + count, 0)
    expect(kept).toBeLessThan(all / 4)
  })

  it('is replayed by the printed command', () => {
    const words = testkit.commandOf(schedule).split(' ')
    expect(words.slice(0, 6)).toEqual(['npm', 'run', 'sim', '--', '--mutant', mutant])
    const again = play(scheduleIn(parsed(words.slice(6))))
    expect(again.violation?.message).toBe(result.violation?.message)
    expect(again.fingerprint).toBe(play(schedule).fingerprint)
  })

  it('needs every action that is left', () => {
    expect(finished).toBe(true)
    for (const [action, numbers] of Object.entries(schedule.kept))
      for (const number of numbers) {
        const fewer = new Set(numbers)
        fewer.delete(number)
        const shorter = play({ ...schedule, kept: { ...schedule.kept, [action]: fewer } })
        if (shorter.violation?.checker !== result.violation?.checker) continue
        // One that would do as well, and for longer, is no gain.
        expect(shorter.events).toBeGreaterThan(result.events)
      }
  })

  it('is told from its faults to its end', () => {
    const lines = tell(schedule)
    expect(lines.at(-1)).toContain(result.violation!.message)
    for (const number of schedule.kept.fault ?? [])
      expect(lines.some((line) => line.includes(`fault ${number} strikes`))).toBe(true)
  })
})

describe('the shrinker', () => {
  const drawn = play({ ...wholeOf(1), until: 10 })

  /** Ten of each kind; what it comes to depends on which of them happen. */
  const run =
    (verdict: (happens: (action: Action, number: number) => boolean) => Checker | null) =>
    ({ kept, until }: Schedule): Result => {
      const checker = verdict((action, number) => kept[action]?.has(number) !== false)
      return {
        ...drawn,
        scenario: { ...drawn.scenario, faultsUntil: until ?? 10 },
        actions: { fault: 10, change: 10, write: 10, read: 10 },
        violation: checker === null ? null : { checker, message: '', cause: null },
      }
    }

  it('finds actions of several kinds that are needed together', () => {
    const { schedule, finished } = shrink(
      wholeOf(1),
      limits,
      run((happens) => (happens('fault', 3) && happens('fault', 7) && happens('write', 10) ? 'LM' : null)),
    )
    expect(finished).toBe(true)
    expect(schedule.kept).toEqual({
      fault: new Set([3, 7]),
      change: new Set(),
      write: new Set([10]),
      read: new Set(),
    })
  })

  it('does not mistake another failure for the same one', () => {
    const { schedule, result } = shrink(
      wholeOf(1),
      limits,
      run((happens) => (happens('read', 5) ? 'LIN' : 'HEAL')),
    )
    expect(result.violation?.checker).toBe('LIN')
    expect(schedule.kept.read).toEqual(new Set([5]))
  })
})

test('a run that does not fail cannot be shrunk', () => {
  expect(() => shrink(wholeOf(1), { runs: 10, time: 1000 })).toThrow(/seed 1 does not fail/)
})

test('a limit on the runs is kept, and the result is still a schedule that fails', {
  timeout: 60_000,
}, async () => {
  const testkit = await broken('L3')
  const { play, shrink } = testkit
  const shrunk = shrink(failing(testkit), { runs: 5, time: 60_000 })
  expect(shrunk.runs).toBeLessThanOrEqual(6)
  expect(shrunk.finished).toBe(false)
  expect(play(shrunk.schedule).violation?.checker).toBe(shrunk.before.violation?.checker)
})

describe('the command of a schedule', () => {
  it('is read back unchanged', () => {
    const schedules: Schedule[] = [
      wholeOf(7),
      wholeOf(7, true),
      { ...wholeOf(7), calm: calms.map(({ name }) => name), until: 0 },
      { ...wholeOf(2 ** 40), until: 532, kept: { fault: new Set([3, 7, 8, 9]), read: new Set([1]) } },
      { ...wholeOf(1), kept: { fault: new Set(), change: new Set(), write: new Set(), read: new Set() } },
    ]
    for (const schedule of schedules) expect(scheduleIn(parsed(argumentsOf(schedule)))).toEqual(schedule)
  })

  it('applies each simplification that it names, alone and with all others', () => {
    for (const { name, apply } of calms) {
      const { scenario } = play({ ...wholeOf(3), calm: [name], until: 100 })
      expect(apply(scenario), name).toEqual(scenario)
    }
    const { scenario } = play({ ...wholeOf(3), calm: calms.map(({ name }) => name), until: 100 })
    for (const { name, apply } of calms) expect(apply(scenario), name).toEqual(scenario)
  })
})

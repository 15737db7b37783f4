// A checker that is not switched on watches nothing, and no run would show that.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Watcher } from '../member/index.ts'
import { drawScenario, type Scenario, Simulation, type SimulationOptions } from '../runs/index.ts'
import { Random } from '../world/index.ts'

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && name !== 'index.ts' && !name.endsWith('.test.ts'),
)

function checkersIn(file: string): readonly string[] {
  const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
  return [...source.matchAll(/^export class (\w+)/gm)].map(([, name]) => name!)
}

/** All checkers, by the names of their classes. */
const exported = files.flatMap(checkersIn).sort()

/** A scenario that has something to watch for every checker. */
const everything = (drawn: Scenario): Scenario => ({
  ...drawn,
  config: { ...drawn.config, lease: true, checkQuorum: true, preVote: true, maxUncommittedBytes: 500 },
  own: { [drawn.voters[0]!]: { witness: true } },
})

/** A state machine under test. */
const hosted: SimulationOptions = {
  machine: () => ({ apply: () => null, snapshot: () => null, restore: () => {} }),
  commands: () => 0,
}

/**
 * The early checkers, which hunts for mutants and `npm run sim -- --outcomes` leave out
 * (invariants/index.ts).
 */
const early: readonly string[] = [
  'AnswersAfterWrites',
  'ElectionQuorum',
  'MatchesAreDurable',
  'MessagesOfTheirTerm',
]

/** The checkers of messages that could do harm. They are off in the scenario files. */
const dangers: readonly string[] = [
  'AcceptedIsRecorded',
  'AcknowledgedIsHeld',
  'AskedBeforeStanding',
  'AskingChangesNothing',
  'ChangesAppliedBeforeStanding',
  'ConfigurationsAgree',
  'ElectedByAMajority',
  'LeasesSupported',
  'LiveLeadersAreKept',
  'OneChangeAtATime',
  'PromisesAtStart',
  'ReadsSeeWhatIsCommitted',
  'TransfersStopWrites',
  'VotesAreDeserved',
  'WindowsBounded',
  'WordIsKept',
]

describe('a run switches on', () => {
  /** The checkers that watch a run, by the names of their classes. */
  function watching(
    options: SimulationOptions,
    adjust: (drawn: Scenario) => Scenario = everything,
  ): string[] {
    const random = new Random(1)
    const scenario = adjust(drawScenario(random.split('scenario')))
    const added: string[] = []
    new Simulation(scenario, random.split('run'), {
      ...options,
      watch: ({ observer }) => {
        const add = observer.add.bind(observer)
        observer.add = (watcher: Watcher) => {
          added.push(watcher.constructor.name)
          add(watcher)
        }
      },
    })
    return exported.filter((name) => added.includes(name))
  }

  test.each(files)('a checker of %s', (file) => {
    expect(checkersIn(file)).not.toEqual([])
    expect(watching(hosted)).toEqual(expect.arrayContaining([...checkersIn(file)]))
  })

  test('every checker', () => {
    expect(watching(hosted)).toEqual(exported)
  })

  test('all others without the early ones', () => {
    expect(watching({ ...hosted, early: false })).toEqual(exported.filter((name) => !early.includes(name)))
  })

  test('those of the outcomes without the dangers too', () => {
    const outcomes = exported.filter((name) => !early.includes(name) && !dangers.includes(name))
    expect(watching({ ...hosted, early: false, dangers: false })).toEqual(outcomes)
  })

  test('fewer if there is nothing to watch', () => {
    const plain = watching({}, (drawn) => ({
      ...drawn,
      config: { ...drawn.config, lease: false, checkQuorum: false, preVote: false, maxUncommittedBytes: 0 },
      own: {},
    }))
    expect(exported.filter((name) => !plain.includes(name))).toEqual([
      'AskedBeforeStanding',
      'LeasesSupported',
      'PromisesAtStart',
      'QuorumHeardOf',
      'SnapshotsReplay',
      'UncommittedBounded',
      'WitnessesServeNothing',
    ])
  })
})

// A checker that is there and not on watches nothing, and no run would show it.
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

/** All checkers that there are, by the names of their classes. */
const exported = files.flatMap(checkersIn).sort()

/** What is on only where there is something for it to watch. */
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

/** What the hunts for mutants leave out, and `npm run sim -- --outcomes`: see invariants/index.ts. */
const early: readonly string[] = [
  'AnswersAfterWrites',
  'ElectionQuorum',
  'MatchesAreDurable',
  'MessagesOfTheirTerm',
]

/** Whose checks look at what was said and could do harm: off in the scenario files. */
const dangers: readonly string[] = [
  'AskedBeforeStanding',
  'AskingChangesNothing',
  'ChangesAppliedBeforeStanding',
  'ConfigurationsAgree',
  'ElectedByAMajority',
  'LeasesSupported',
  'LiveLeadersAreKept',
  'OneChangeAtATime',
  'ReadsSeeWhatIsCommitted',
  'TransfersStopWrites',
  'VotesAreDeserved',
  'WindowsBounded',
  'WordIsKept',
]

describe('a run has on', () => {
  /** Those that watch a run, by the names of their classes. */
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

  test('every checker that there is', () => {
    expect(watching(hosted)).toEqual(exported)
  })

  test('without the early ones, all others', () => {
    expect(watching({ ...hosted, early: false })).toEqual(exported.filter((name) => !early.includes(name)))
  })

  test('without the dangers too, those of the outcomes', () => {
    const outcomes = exported.filter((name) => !early.includes(name) && !dangers.includes(name))
    expect(watching({ ...hosted, early: false, dangers: false })).toEqual(outcomes)
  })

  test('less where there is nothing to watch', () => {
    const plain = watching({}, (drawn) => ({
      ...drawn,
      config: { ...drawn.config, lease: false, checkQuorum: false, preVote: false, maxUncommittedBytes: 0 },
      own: {},
    }))
    expect(exported.filter((name) => !plain.includes(name))).toEqual([
      'AskedBeforeStanding',
      'LeasesSupported',
      'QuorumHeardOf',
      'SnapshotsReplay',
      'UncommittedBounded',
      'WitnessesServeNothing',
    ])
  })
})

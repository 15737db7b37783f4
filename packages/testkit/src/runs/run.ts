// One run from one seed: a cluster with faults, then without, and the verdict.
import { InvariantError } from '@oarlock/core'
import { Incomparable, type SimulatedMachine } from '../machine/index.ts'
import { type Action, type Checker, Random, Violation } from '../world/index.ts'
import { hasConverged, heal } from './heal.ts'
import { checkPromptCommits } from './prompt-commits.ts'
import { checkRejoin } from './rejoin.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { checkService } from './service.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'
import { checkSlowLinks } from './slow-links.ts'
import { checkStandingCuts } from './standing-cuts.ts'

export interface RunOptions<M extends SimulatedMachine = SimulatedMachine> extends SimulationOptions<M> {
  /** A safe integer, not negative. */
  readonly seed: number
  /** Changes the scenario that is drawn from the seed. */
  readonly adjust?: (drawn: Scenario) => Scenario
}

export interface Result {
  readonly seed: number
  readonly scenario: Scenario
  readonly violation: { readonly checker: Checker; readonly message: string; readonly cause: unknown } | null
  /** Tasks that the world ran. */
  readonly events: number
  /** True simulated time, in ms. */
  readonly simulated: number
  readonly committed: number
  readonly acknowledged: number
  readonly reads: number
  readonly elections: number
  /** How many configurations were committed after the first. */
  readonly configurations: number
  /** How many actions there were, including those left out (agenda.ts). */
  readonly actions: Readonly<Record<Action, number>>
  /** A hash of everything that happened. Two runs of a seed have the same. */
  readonly fingerprint: string
}

/** No run needs this many tasks at one instant, or in total. */
const SPIN = 20_000
const MOST_EVENTS = 1_000_000

/** Calls in the stack of an error. */
const STACK = 3
/** In election timeouts: what is proposed while the cluster heals is on every disk. */
const SETTLED_WITHIN = 10

function play(simulation: Simulation, dice: Random): void {
  const { world, scenario } = simulation
  let instant = world.now
  let since = world.events
  simulation.start()
  simulation.nemesis.start()
  simulation.workload.start()
  simulation.reads.start()
  simulation.storeClients.start()
  simulation.operator.start()
  while (world.step(scenario.faultsUntil)) {
    if (world.now - instant > 0.1) {
      instant = world.now
      since = world.events
    } else if (world.events - since > SPIN) throw new Violation('SPIN', `${SPIN} events within 0.1 ms`)
    if (world.events > MOST_EVENTS) throw new Violation('SPIN', `${MOST_EVENTS} events by ${world.now} ms`)
  }
  if (!heal(simulation)) return
  // The last requests may still be on their way: a read waits for the next heartbeat and its answer.
  const answered = world.now + scenario.config.electionTimeout
  while (world.step(answered));
  // Runtimes may have submitted proposals meanwhile that waited for a leader. A member may need snapshots again.
  const converged = world.now + SETTLED_WITHIN * scenario.config.electionTimeout
  while (!scenario.config.electionOnly && !hasConverged(simulation) && world.step(converged));
  simulation.observer.ended()
  checkService(simulation)
  checkRejoin(simulation)
  checkPromptCommits(simulation)
  checkSlowLinks(simulation)
  checkStandingCuts(simulation, dice)
}

/** The simulation, and the violation of its start, if any. */
function begin(
  scenario: Scenario,
  random: Random,
  options: SimulationOptions,
): { readonly simulation: Simulation; readonly wrong: Violation | null } {
  try {
    return { simulation: new Simulation(scenario, random.split('run'), options), wrong: null }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    // The state machine failed at once. The result describes the cluster without it.
    const { machine: _, commands: __, ...rest } = options
    return { simulation: new Simulation(scenario, random.split('run'), rest), wrong: error }
  }
}

function violationOf(error: unknown): Result['violation'] {
  if (error instanceof Violation)
    return { checker: error.checker, message: error.message, cause: error.cause }
  // An assertion of the core, or of a log store about the core.
  if (error instanceof InvariantError) return { checker: 'ASSERT', message: error.message, cause: error }
  if (error instanceof Incomparable) {
    const message = `a result or an answer holds ${error.what}, which cannot be compared: return plain data`
    return { checker: 'MACHINE', message, cause: error }
  }
  throw error
}

function checkSeed(seed: unknown): void {
  if (typeof seed !== 'number')
    throw new TypeError(`seed takes a number, got ${seed === null ? 'null' : `a ${typeof seed}`}`)
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed takes a safe integer from 0, got ${seed}`)
}

/**
 * Runs a seed: a pure function of the options. A failure of the run is its `violation`. Throws a TypeError or
 * RangeError for an invalid seed, and a MachineError for an invalid state machine, which lacks a method or
 * returns a promise.
 */
export function simulate<M extends SimulatedMachine = SimulatedMachine>(options: RunOptions<M>): Result {
  const { seed, adjust = (drawn) => drawn } = options
  checkSeed(seed)
  const random = new Random(seed)
  const scenario = adjust(drawScenario(random.split('scenario')))
  const { simulation, wrong } = begin(scenario, random, options)
  let violation: Result['violation'] = null
  // Runtimes reject many proposals. Whole stacks for their errors would take a twentieth of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Math.min(stackTraceLimit, STACK)
  try {
    if (wrong !== null) throw wrong
    play(simulation, random.split('standing cuts'))
  } catch (error) {
    violation = violationOf(error)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  const { world, agenda, committed, workload, reads } = simulation
  return {
    seed,
    scenario,
    violation,
    events: world.events,
    simulated: world.now,
    committed: committed.length,
    acknowledged: workload.acknowledged,
    reads: reads.served,
    configurations: committed.configurations.length - 1,
    elections: new Set(committed.committedIn).size,
    actions: { ...agenda.counts },
    fingerprint: world.fingerprint.toString(),
  }
}

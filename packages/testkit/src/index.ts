// The deterministic simulator: whole clusters with their disks, network and clocks, from one seed.
//
//   const { violation } = simulate({ seed: 42 })
//   if (violation !== null) console.log(violation.checker, violation.message)
//
// With a state machine of yours, as a test: it runs on every replica, under sessions, through crashes, snapshots and replays, and
// all replicas must agree with one that applied the committed log once. What is found: chance, clocks and shared variables in
// `apply`, a snapshot that leaves something out or goes on changing, a restore that keeps what was there, a query that writes.
//
//   test.each(seeds)('the bank keeps its sum, seed %i', (seed) => {
//     const { violation } = simulate({
//       seed,
//       machine: () => new Bank(),                     // apply(command, context), snapshot(), restore(state), query?(query)
//       commands: (random) => ({ from: random.int(4), to: random.int(4), amount: random.int(100) }),
//       queries: (random) => random.int(4),            // where it answers queries
//       check: (bank) => assert.equal(bank.total, 400) // after every command on every replica
//     })
//     expect(violation).toBeNull()
//   })
//
// A failing run is made short, told and drawn; a state machine of yours goes along each time (README.md, where it runs):
//
//   const bank: Application<Bank> = { machine, commands, queries, check }
//   const { schedule } = shrink(wholeOf(42), usualLimits, (shorter) => play(shorter, bank))
//   console.log(tell(schedule, bank).join('\n'))
//   writeFileSync('run.html', draw(schedule, { last: 200, page: true }, bank))
export { type DrawOptions, draw } from './diagram/index.ts'
export { type Hunt, hunt } from './hunt.ts'
export type {
  Application,
  ApplyContext,
  CommandCodec,
  CommandOf,
  QueryOf,
  SimulatedMachine,
} from './machine/application.ts'
export { MachineError } from './machine/machine-error.ts'
export { type Mutant, mutantNamed, mutants } from './mutants/index.ts'
export { Random } from './random.ts'
export { type Result, type RunOptions, simulate } from './run.ts'
export { describeScenario, drawScenario, type Scenario } from './scenario.ts'
export { type RegressionSeed, regressionSeeds } from './seeds.ts'
export { commandOf } from './shrink/command-line.ts'
export { tell } from './shrink/prose.ts'
export { play, type Schedule, wholeOf } from './shrink/schedule.ts'
export { type Limits, type Shrunk, shrink, usualLimits } from './shrink/shrink.ts'
export { Simulation, type SimulationOptions } from './simulation.ts'
export { type Checker, checkers, Violation } from './violation.ts'

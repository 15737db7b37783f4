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
export { type DrawOptions, draw } from './drawing/index.ts'
export {
  type Application,
  type ApplyContext,
  type CommandCodec,
  type CommandOf,
  MachineError,
  type QueryOf,
  type SimulatedMachine,
} from './machine/index.ts'
export {
  describeScenario,
  drawScenario,
  play,
  type RegressionSeed,
  type Result,
  type RunOptions,
  regressionSeeds,
  type Scenario,
  type Schedule,
  Simulation,
  type SimulationOptions,
  simulate,
  wholeOf,
} from './runs/index.ts'
export { commandOf, type Limits, type Shrunk, shrink, tell, usualLimits } from './shrinking/index.ts'
export { type Checker, checkers, Random, Violation } from './world/index.ts'

// The deterministic simulator: whole clusters with their disks, network and clocks, from one seed.
//
//   const { violation } = simulate({ seed: 42 })
//   if (violation !== null) console.log(violation.checker, violation.message)
//
// With a state machine of your own, as a test. It runs on every replica, under sessions, through crashes, snapshots
// and replays, and each replica must agree with a machine that applied the committed log once. This finds chance,
// clocks and shared variables in `apply`, a snapshot that leaves something out or keeps changing, a restore that
// keeps old state, and a query that writes.
//
//   test.each(seeds)('the bank keeps its sum, seed %i', (seed) => {
//     const { violation } = simulate({
//       seed,
//       machine: () => new Bank(),                     // see SimulatedMachine
//       commands: (random) => ({ from: random.int(4), to: random.int(4), amount: random.int(100) }),
//       queries: (random) => random.int(4),            // if it answers queries
//       check: (bank) => assert.equal(bank.total, 400) // after every command on every replica
//     })
//     expect(violation).toBeNull()
//   })
//
// A failing run is made short, told and drawn. Pass your state machine each time (see README.md):
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

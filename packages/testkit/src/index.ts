// The deterministic simulator: whole clusters with their disks, network and clocks, from one seed.
//
//   const { violation } = simulate({ seed: 42 })
//   if (violation !== null) console.log(violation.checker, violation.message)
export { type Hunt, hunt } from './hunt.ts'
export { type Mutant, mutantNamed, mutants } from './mutants/index.ts'
export { Random } from './random.ts'
export { type Result, type RunOptions, simulate } from './run.ts'
export { describeScenario, drawScenario, type Scenario } from './scenario.ts'
export { type RegressionSeed, regressionSeeds } from './seeds.ts'
export { Simulation, type SimulationOptions } from './simulation.ts'
export { type Checker, checkers, Violation } from './violation.ts'

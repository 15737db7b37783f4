export { readScenario, scenarioNames } from './files.ts'
export { isReplay, performWith } from './performance.ts'
export { Player } from './player.ts'

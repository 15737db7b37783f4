export { readScenario, scenarioNames } from './files.ts'
export { isReplay, performUntilObjection } from './performance.ts'
export { Player } from './player.ts'

export { verified } from './block.ts'
export { runSeeds } from './pool.ts'
export { noTotals, type Totals } from './totals.ts'

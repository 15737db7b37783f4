// The application's callbacks. Each is called from one place, so that an exception, or a promise where none
// belongs, becomes one error of ours.
export { answerTo, applyCommandTo, decodeResult, encodeCommand, encodeResultWith } from './commands.ts'
export { dropsOf, linkStatsOf, linksOf, seedsOf } from './links.ts'
export { logStoreStatsOf } from './log-store-stats.ts'
export { guardedLogger, loggerRule } from './logger.ts'
export { machineSection } from './machine-section.ts'
export { checkedRandom } from './random.ts'
export { snapshotFilesOf } from './snapshot-files.ts'

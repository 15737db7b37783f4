export {
  batchesOf,
  deleteResult,
  leaseIdOf,
  putResult,
  rangeResult,
  revisionOf,
  transactionResult,
} from './answers.ts'
export { boundsOf, bufferOf, firstKey } from './keys.ts'
export { deleteFor, putFor, rangeFor, transactionFor } from './requests.ts'

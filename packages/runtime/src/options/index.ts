export {
  checkAbortOptions,
  checkProposeOptions,
  checkReadOptions,
  checkSessionOptions,
  checkTask,
  checkTransferOptions,
} from './call-options.ts'
export { checkOptions, complaintAbout, group, needed, type OptionRule, type Schema } from './check.ts'
export {
  abortSignal,
  callback,
  confidential,
  duration,
  flag,
  isText,
  isThenable,
  listOf,
  mustBe,
  number,
  oneOf,
  type Rule,
  recordOf,
  shown,
  text,
  wait,
  withMethods,
  withSynchronousMethods,
} from './rules.ts'

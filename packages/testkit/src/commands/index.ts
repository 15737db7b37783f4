export { type Command, commandOf } from './arguments.ts'
export { failed } from './report.ts'

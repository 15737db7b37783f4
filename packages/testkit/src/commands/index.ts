export { type Command, commandOf } from './arguments.ts'
export { failureText, shrunkOf } from './failure.ts'
export { failed, grouped } from './report.ts'

export { commandOf, scheduleOf, scheduleOptions, whole } from './command-line.ts'
export { numbersAsText } from './numbers.ts'
export { type Limits, type Shrunk, shrink, usualLimits } from './shrink.ts'
export { tell } from './tell.ts'

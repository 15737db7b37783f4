export { copyOf } from './copy.ts'
export {
  anything,
  checked,
  count,
  DamagedError,
  flag,
  type Json,
  list,
  number,
  object,
  only,
  optional,
  orNull,
  type Shape,
  such,
  text,
  tuple,
} from './shape.ts'
export { bytesOf, textOf } from './utf8.ts'

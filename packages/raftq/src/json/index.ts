export { copyOf } from './copy.ts'
export * from './shape.ts'
export { bytesOf, textOf } from './utf8.ts'

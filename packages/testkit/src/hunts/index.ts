export { type Hunt, hunt } from './hunt.ts'
export { killMatrix, withMatrix } from './kill-matrix.ts'

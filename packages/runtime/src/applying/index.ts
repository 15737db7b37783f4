export { Applier, type ApplyCommand, type EncodeResult } from './applier.ts'

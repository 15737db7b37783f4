export {
  Driver,
  type DriverCore,
  type DriverInit,
  type DriverListener,
  type EnvelopeSender,
} from './driver.ts'
export { logWriterOf, peerWriterOf } from './log-writer.ts'

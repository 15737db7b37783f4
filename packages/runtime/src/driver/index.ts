export { Driver, type DriverInit, type DriverListener } from './driver.ts'
export { logWriterOf, peerWriterOf } from './log-writer.ts'

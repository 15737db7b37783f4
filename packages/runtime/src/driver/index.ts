export { Driver, type DriverInit, type DriverListener } from './driver.ts'
export { logWriterOf } from './log-writer.ts'

export { drawRate, NodeClock } from './clock.ts'
export { Disk, type DiskProfile } from './disk.ts'
export { LogCopy } from './log-copy.ts'
export { type Delivery, Network, type NetworkProfile, type Receiver } from './network.ts'

export { drawRate, NodeClock } from './clock.ts'
export { Disk, type DiskProfile } from './disk.ts'
export { IdentityFile } from './identity-file.ts'
export { bytesOf, shortMessageTime } from './link-queues.ts'
export { LogCopy } from './log-copy.ts'
export {
  ANYBODY,
  type Delivery,
  type Destination,
  Network,
  type NetworkProfile,
  type Receiver,
} from './network.ts'

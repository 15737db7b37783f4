// A cluster of instances: which one there is, who is a member of it, and this instance's node in it.
export { type Announcement, decodeAnnouncement, encodeAnnouncement } from './announcement.ts'
export { Autopilot } from './autopilot.ts'
export { Discovery, type JoinOptions, type Obstacle, type Position } from './discovery.ts'
export { RaftNode } from './raft-node.ts'
export { RedisRegistry } from './redis-registry.ts'
export type { ClusterIdentity, Registry } from './registry.ts'

// What the log says of messages that are dropped although the peer is connected.
import type { NodeId } from '@oarlock/core'
import type { RateLimitedLog } from './rate-limited-log.ts'

interface LongMessage {
  readonly peer: NodeId
  readonly message: string
  readonly bytes: number
  readonly maxFrameBytes: number
}

export const warnOfLongMessage = (log: RateLimitedLog, fields: LongMessage): void =>
  log.warn(
    `too-long ${fields.peer}`,
    { event: 'message-too-long', ...fields },
    `dropped a message to '${fields.peer}': it is longer than a frame may be. Raise maxFrameBytes on every member, or write smaller commands`,
  )

interface SlowPeer {
  readonly peer: NodeId
  readonly queuedBytes: number
  readonly maxQueueBytes: number
}

export const warnOfSlowPeer = (log: RateLimitedLog, fields: SlowPeer): void =>
  log.warn(
    `slow ${fields.peer}`,
    { event: 'peer-slow', ...fields },
    `dropping messages to '${fields.peer}': it receives them more slowly than they are sent`,
  )

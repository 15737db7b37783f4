// What a transport shares with its stream layer and its connections.
import { guardedLogger } from '@oarlock/runtime'
import { defaultMaxFrameBytes } from '../wire/index.ts'
import type { ConnectionLimits } from './connection.ts'
import { DropCounter } from './drops.ts'
import { type NameLookup, nameLookup } from './names/index.ts'
import type { NetworkTransportOptions } from './options.ts'
import { RateLimitedLog } from './rate-limited-log.ts'

/**
 * Never reached by what the core sends on its own account: of entries 16 MiB are in flight at most and one
 * command more, of forwarded proposals 4 MiB.
 */
const defaultMaxQueueBytes = 64 * 1024 * 1024

export interface LayerContext {
  readonly log: RateLimitedLog
  readonly drops: DropCounter
  readonly lookup: NameLookup
  readonly limits: ConnectionLimits
}

export const layerContext = (options: NetworkTransportOptions): LayerContext => ({
  log: new RateLimitedLog(options.logger && guardedLogger(options.logger)),
  drops: new DropCounter(),
  lookup: options.lookup ?? nameLookup(),
  limits: {
    maxQueueBytes: options.maxQueueBytes ?? defaultMaxQueueBytes,
    maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes,
    maxHandshakes: options.maxHandshakes ?? 256,
    handshakeTimeout: options.handshakeTimeout ?? 2000,
    linger: options.linger ?? 100,
  },
})

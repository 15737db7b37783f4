// The warning of a member whose wire is open.
import type { NodeId } from '@oarlock/core'
import type { RateLimitedLog } from './rate-limited-log.ts'

export const warnOfOpenWire = (log: RateLimitedLog, id: NodeId, address: string): void =>
  log.warn(
    'open wire',
    { event: 'wire-open', id, address },
    `member '${id}' listens on ${address} without tls and without a secret: anyone who can reach that address can read all commands, and take over the cluster. Give every member tls, or a secret; see docs/security.md`,
  )

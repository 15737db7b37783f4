// The limits of the store as bytes: keys | bytes | leases. 0: there is none.
import type { StoreLimits } from '../model/requests.ts'
import type { ByteSink } from './byte-sink.ts'
import type { ByteSource } from './byte-source.ts'

export function writeLimits(sink: ByteSink, { keys, bytes, leases }: StoreLimits): void {
  for (const limit of [keys, bytes, leases]) sink.uint(limit === Number.POSITIVE_INFINITY ? 0 : limit)
}

export function readLimits(source: ByteSource): StoreLimits {
  const limit = (): number => source.uint() || Number.POSITIVE_INFINITY
  return { keys: limit(), bytes: limit(), leases: limit() }
}

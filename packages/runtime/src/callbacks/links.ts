// What the application's transport knows of its connections: only for diagnosis, so nothing stops for it.
import type { NodeId } from '@oarlock/core'
import type { Link, Transport } from '../ports/index.ts'

/** Nothing is known if the transport throws, or returns something else. */
export function linksOf(transport: Pick<Transport, 'links'>): ReadonlyMap<NodeId, Link> {
  try {
    return new Map(transport.links?.() ?? [])
  } catch {
    return new Map()
  }
}

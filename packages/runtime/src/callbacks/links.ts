// What the application's transport knows of its connections: for diagnosis and metrics, and for commands,
// which wait until there is a connection to the leader. A transport that throws knows nothing, and nothing
// stops for it.
import type { NodeId } from '@oarlock/core'
import type { Link, LinkStats, Transport } from '../ports/index.ts'

/** As `linksOf`, of the seeds. */
export function seedsOf(transport: Pick<Transport, 'seeds'>): ReadonlyMap<string, Link> {
  try {
    return new Map(transport.seeds?.() ?? [])
  } catch {
    return new Map()
  }
}

/** Nothing is known if the transport throws, or returns something else. */
export function linksOf(transport: Pick<Transport, 'links'>): ReadonlyMap<NodeId, Link> {
  try {
    return new Map(transport.links?.() ?? [])
  } catch {
    return new Map()
  }
}

/** As `linksOf`. */
export function linkStatsOf(transport: Pick<Transport, 'stats'>): ReadonlyMap<NodeId, LinkStats> {
  try {
    return new Map(transport.stats?.() ?? [])
  } catch {
    return new Map()
  }
}

/** Null: the transport does not say. */
export function dropsOf(
  transport: Pick<Transport, 'drops'>,
): ReturnType<Required<Transport>['drops']> | null {
  try {
    return transport.drops?.() ?? null
  } catch {
    return null
  }
}

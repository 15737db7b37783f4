// The options of a Raftq. Times are in milliseconds.
import { isNodeId, type RaftNodeId } from '../wire/index.ts'
import { invalidOptions } from './errors.ts'
import type { RaftPersistAgent } from './persist-agent.ts'
import { type Platform, standardPlatform } from './platform.ts'

export interface RaftqOptions {
  /** Storage in which terms, votes and values survive a crash. */
  persistAgent: RaftPersistAgent
  /**
   * The longest time between two heartbeats. At most a quarter of `minimumElectionTime` is used. Default 100.
   */
  heartbeat?: number
  /** The shortest wait without a leader before an election. Default 200. */
  minimumElectionTime?: number
  /** The longest wait without a leader before an election. Default 800. */
  maximumElectionTime?: number
  /**
   * The ids of the nodes that bootstrap the cluster together. Recommended: without it an isolated node
   * bootstraps alone.
   */
  members?: readonly RaftNodeId[]
  /**
   * How long a node without a document waits before it may bootstrap a cluster: for a cluster to admit it or,
   * with `members`, for all of them. Default 1000.
   */
  foundingWait?: number
  /** How long a write may wait to be committed before it is rejected. Default 10000. */
  replicateTimeout?: number
  /** Clock, timers and randomness, for tests and unusual runtimes. */
  platform?: Platform
}

export interface CompleteOptions extends Required<Omit<RaftqOptions, 'members'>> {
  readonly members: readonly string[] | null
}

export const defaultOptions = {
  heartbeat: 100,
  minimumElectionTime: 200,
  maximumElectionTime: 800,
  foundingWait: 1000,
  replicateTimeout: 10_000,
} as const

/** Fills in the defaults. Throws a RaftqError for options that cannot work. */
export function completeOptions(given: RaftqOptions): CompleteOptions {
  const { persistAgent, members, platform = standardPlatform } = given ?? {}
  // Like raftq, ignores options that it does not know, unless one looks like a typing error: no two known names
  // begin with the same three letters. (The schema of the other packages would not fit into the bundle.)
  const known = Object.keys({ persistAgent, members, platform, ...defaultOptions })
  for (const name in given) {
    const meant = known.find((each) => each.startsWith(name.slice(0, 3)))
    if (meant && !known.includes(name)) throw invalidOptions(`unknown option ${name}: did you mean ${meant}?`)
  }
  if (typeof persistAgent?.persist !== 'function' || typeof persistAgent.restore !== 'function')
    throw invalidOptions('persistAgent must have persist and restore')
  const times: Record<keyof typeof defaultOptions, number> = { ...defaultOptions }
  for (const key of Object.keys(defaultOptions) as (keyof typeof defaultOptions)[]) {
    const value = given[key]
    if (value === undefined) continue
    const least = key === 'foundingWait' ? 0 : 1
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      throw invalidOptions(
        `${key} must be a number of milliseconds, at least ${least}, got ${typeof value} ${String(value)}`,
      )
    times[key] = value
  }
  const { heartbeat, minimumElectionTime: minimum, maximumElectionTime: maximum } = times
  if (maximum <= minimum)
    throw invalidOptions(`maximumElectionTime (${maximum}) must be above minimumElectionTime (${minimum})`)
  if (heartbeat * 2 > minimum)
    throw invalidOptions(`heartbeat (${heartbeat}) must be at most half of minimumElectionTime (${minimum})`)
  return { ...times, persistAgent, platform, members: completeMembers(members) }
}

function completeMembers(given: RaftqOptions['members']): readonly string[] | null {
  if (given === undefined) return null
  if (!Array.isArray(given) || given.length === 0 || !given.every(isNodeId))
    throw invalidOptions('members must be a list of at least one node id')
  return [...new Set(given.map(String))].sort()
}

// When a node may bootstrap a cluster. ARCHITECTURE.md of this package says why these rules are safe.
import { comesBefore } from '../node/index.ts'
import type { Peer } from './peers.ts'

/** The node waits longer, by this factor, while a peer that the application announced has not spoken yet. */
const patienceWithSilence = 3

export interface BootstrapTimes {
  readonly now: number
  /** How long this node has waited, and how long it must wait. */
  readonly waited: number
  readonly wait: number
  /** Peers that were heard longer ago than this do not count. */
  readonly fresh: number
}

/** Whether a node that has joined no cluster may bootstrap one alone. */
export function mayBootstrapAlone(
  own: string,
  peers: readonly Peer[],
  { now, waited, wait, fresh }: BootstrapTimes,
): boolean {
  if (waited < wait) return false
  // An announced peer may have joined a cluster, and the first messages between cold processes are often
  // late.
  const outstanding = peers.some(({ announced, life }) => announced && life === null)
  if (outstanding && waited < patienceWithSilence * wait) return false
  const heard = peers.filter(({ heardAt }) => now - heardAt <= fresh)
  // A peer that has joined a cluster will admit this node to it.
  if (heard.some(({ waiting }) => !waiting)) return false
  return !heard.some(({ name }) => comesBefore(name, own))
}

/**
 * Whether one of `members` that has no document may begin their cluster, under its name as a founder. It may
 * have lost a document, and with it a vote. So it needs peers that know of no vote: all of them or, after the
 * wait, a majority.
 */
export function mayBootstrapAsFounder(
  members: readonly string[],
  peers: readonly Peer[],
  { now, waited, wait, fresh }: BootstrapTimes,
): boolean {
  const attesting = peers.filter(
    ({ name, attestedAt }) => members.includes(name) && now - attestedAt <= fresh,
  )
  const blank = attesting.length + 1 // with this node
  return blank === members.length || (waited >= wait && blank > members.length / 2)
}

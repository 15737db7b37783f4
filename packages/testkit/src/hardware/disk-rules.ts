// The rules of a log store, each a function that the mutation runner can break. The simulated disk obeys
// them, as the real log store does (packages/oarlock/src/wal).
import type { HardState, Persist } from '@oarlock/core'

/** The durability law (effect.ts): a write is synced before the messages that it unlocks are sent. */
export function mustSync({ mustSync }: Persist): boolean {
  return mustSync
}

/**
 * Term and vote share one ordered stream with the entries, so an entry is never on disk before its term.
 * `known`: the state on disk.
 */
export function hardStateMayWait(_record: Persist, _known: HardState): boolean {
  return false
}

/**
 * The log ends at its first missing or torn record, since sectors reach the disk in any order before an
 * fsync. `whole`: whether each unsynced record is complete. Returns the records that count.
 */
export function recordsThatCount(whole: readonly boolean[]): readonly number[] {
  const first = whole.indexOf(false)
  return Array.from({ length: first === -1 ? whole.length : first }, (_, at) => at)
}

/** A torn tail is cut off before anything is appended, since records behind a tear would not be found. */
export function cutsTornTail(): boolean {
  return true
}

/**
 * Damage in synced data is not a tear: a node that continued with less than it has acknowledged would break
 * its promise.
 */
export function uponDamage(): 'refuse' | 'cut' | 'overlook' {
  return 'refuse'
}

/**
 * A start may read data that a killed process left in the page cache only, so it syncs before it counts the
 * data.
 */
export function syncsWhatItReads(): boolean {
  return true
}

/** After a failed fsync the kernel treats the pages as clean: a second fsync succeeds without writing. */
export function stopsAfterFailedSync(): boolean {
  return true
}

/** An identity is minted with the disk, so a name with another disk is not the voter that it was. */
export function isSameMember(known: number, minted: number): boolean {
  return known === minted
}

/** When a snapshot's file has got its name, the directory is synced: else a crash may lose the name. */
export function syncsDirectory(): boolean {
  return true
}

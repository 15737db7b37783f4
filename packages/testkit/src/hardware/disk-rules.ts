// What a log store must do right, each a rule that the mutation runner can break: the simulated disk obeys them, as the real
// log store does (packages/oarlock/src/wal).
import type { HardState, Persist } from '@oarlock/core'

/** The durability law (effect.ts): what has to be on disk is synced before anything that it unlocks is sent. */
export function mustSync({ mustSync }: Persist): boolean {
  return mustSync
}

/** Term and vote go in one ordered stream with the entries: an entry of a term is never on disk before the term is. `known`: what is on disk. */
export function hardStateMayWait(_record: Persist, _known: HardState): boolean {
  return false
}

/**
 * The log ends where its first record is missing or torn, whatever lies behind: sectors reach the disk in any order until an
 * fsync. `whole`: of each record that no fsync has covered. Returns which of them count.
 */
export function recordsThatCount(whole: readonly boolean[]): readonly number[] {
  const first = whole.indexOf(false)
  return Array.from({ length: first === -1 ? whole.length : first }, (_, at) => at)
}

/** What a crash tore is cut off before anything is appended: behind a tear nothing is found again. */
export function cutsTornTail(): boolean {
  return true
}

/** Damage in what an fsync has covered is no tear: a node that went on with less than it has acknowledged would break its word. */
export function uponDamage(): 'refuse' | 'cut' | 'overlook' {
  return 'refuse'
}

/** What a start reads may be in the page cache only, left there by a process that was killed: it is synced before it counts. */
export function syncsWhatItReads(): boolean {
  return true
}

/** The kernel takes the pages of a failed fsync for clean: a second one succeeds, and has written nothing. */
export function stopsAfterFailedSync(): boolean {
  return true
}

/** An identity is minted with the disk: a name with another disk is not the node that voted under that name. */
export function isSameMember(known: number, minted: number): boolean {
  return known === minted
}

/** A new snapshot is written beside the old one, synced, and then renamed: until that is over the old one is there. */
export function keepsOldSnapshot(): boolean {
  return true
}

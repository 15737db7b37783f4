// Assertions of what the safety argument rests on (paper §5.4.3, figure 3). They stay on in production: a
// node that would break an invariant stops instead of going on.

/**
 * A broken invariant: a bug, or a damaged disk. The node must stop, since nothing that it does next can be
 * trusted.
 */
export class InvariantError extends Error {
  override readonly name: string = 'InvariantError'
  readonly code: string = 'OARLOCK_INVARIANT'
}

/**
 * The leader knows that this node has stored entries that it does not have: its disk has lost them. The node
 * must stop, since an entry that it acknowledged may be committed.
 */
export class LostEntriesError extends InvariantError {
  override readonly name = 'LostEntriesError'
  override readonly code = 'OARLOCK_LOST_ENTRIES'
}

/** `broken`: what to say if it does not hold. A function where the text takes work. */
export function invariant(holds: boolean, broken: string | (() => string)): asserts holds {
  if (!holds) throw new InvariantError(typeof broken === 'string' ? broken : broken())
}

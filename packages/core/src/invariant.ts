// Assertions of what the safety argument rests on (paper §5.4.3, figure 3). They stay on in production: a
// node that would break an invariant stops instead of going on.

/**
 * A broken invariant: a bug, or a damaged disk. The node must stop, since nothing that it does next can be
 * trusted.
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  readonly code = 'OARLOCK_INVARIANT'
}

/** `broken`: what to say if it does not hold. A function where the text takes work. */
export function invariant(holds: boolean, broken: string | (() => string)): asserts holds {
  if (!holds) throw new InvariantError(typeof broken === 'string' ? broken : broken())
}

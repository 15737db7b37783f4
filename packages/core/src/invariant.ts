// Assertions of what the safety argument rests on (paper §5.4.3, figure 3), which stay on in production: a node that would break an invariant stops,
// loudly, rather than go on.

/** A broken invariant: a bug, or a damaged disk. The node must stop; nothing it would do next can be trusted. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  readonly code = 'OARLOCK_INVARIANT'
}

export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what)
}

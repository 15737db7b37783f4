// The monotonic clock that all processes of this machine share, in milliseconds. Only differences have a
// meaning.

export const machineTime = (): number => Number(process.hrtime.bigint() / 1000n) / 1000

/** Added to this process's performance.now(), it gives machine time. */
export function machineTimeOffset(): number {
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 }
  // Use the narrowest of several measurements, because the process may be interrupted during one.
  for (let i = 0; i < 20; i++) {
    const before = machineTime()
    const own = performance.now()
    const after = machineTime()
    if (after - before < best.width) best = { width: after - before, offset: (before + after) / 2 - own }
  }
  return best.offset
}

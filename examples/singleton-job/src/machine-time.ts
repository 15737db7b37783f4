// One clock for every process of this machine: the monotonic one, in milliseconds. Only differences mean anything.

export const machineTime = (): number => Number(process.hrtime.bigint() / 1000n) / 1000

/** What turns this process's performance.now() into machine time. */
export function machineTimeOffset(): number {
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 }
  // The narrowest of a few brackets, in case the process was interrupted inside one.
  for (let i = 0; i < 20; i++) {
    const before = machineTime()
    const own = performance.now()
    const after = machineTime()
    if (after - before < best.width) best = { width: after - before, offset: (before + after) / 2 - own }
  }
  return best.offset
}

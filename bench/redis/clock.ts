// One clock for all processes of the machine, so that what happened in one can be compared with what happened in another.

/** The machine's monotonic clock, in ms. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6

/** What to add to this process's `performance.now()` to get the machine's time. */
export const processStart: number = machineTime() - performance.now()

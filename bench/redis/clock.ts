// One clock for all processes of the machine, so that times of different processes can be compared.

/** The machine's monotonic clock, in ms. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6

/** The machine's time is this plus the process's `performance.now()`. */
export const processStart: number = machineTime() - performance.now()

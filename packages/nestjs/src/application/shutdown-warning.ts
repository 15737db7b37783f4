// Without app.enableShutdownHooks() Nest does not listen for signals, and SIGTERM kills the process in the
// middle of its work. A warning says so shortly after the start.

/** The part of `process` that is used here. */
export interface SignalListeners {
  readonly platform: NodeJS.Platform
  listenerCount(signal: NodeJS.Signals): number
}

/**
 * A server calls enableShutdownHooks() before it listens, a standalone application right after it was
 * created.
 */
const patience = 1000

/**
 * Warns after a second if nothing listens for the signal that will ask this process to end. Returns a
 * function that cancels the warning. Any listener counts, not only Nest's: the application may call
 * app.close() in its own.
 */
export function warnWithoutShutdownHooks(
  warn: (message: string) => void,
  process: SignalListeners,
): () => void {
  const signal: NodeJS.Signals = process.platform === 'win32' ? 'SIGINT' : 'SIGTERM'
  const timer = setTimeout(() => {
    if (process.listenerCount(signal) > 0) return
    warn(
      `Nothing listens for ${signal}, so it will kill this process at once: leader work will be cut off, leadership will not be ` +
        'handed over, and the other instances will wait an election timeout for a new leader. Call ' +
        'app.enableShutdownHooks() after creating the application.',
    )
  }, patience)
  timer.unref()
  return () => clearTimeout(timer)
}

// Without app.enableShutdownHooks() Nest hears no signal, and SIGTERM ends the process where it stands. That is said once,
// while there is time to mend it.

/** As much of `process` as this needs. */
export interface SignalListeners {
  readonly platform: NodeJS.Platform
  listenerCount(signal: NodeJS.Signals): number
}

/** An application calls enableShutdownHooks() before it listens or, a standalone one, right after it was made. */
const patience = 1000

/**
 * Warns in a second if nobody has listened for the signal by which this process will be asked to end. Returns the
 * cancellation. (Whether it is Nest that listens cannot be known: another one may well call app.close().)
 */
export function warnWithoutShutdownHooks(
  warn: (message: string) => void,
  process: SignalListeners,
): () => void {
  const signal: NodeJS.Signals = process.platform === 'win32' ? 'SIGINT' : 'SIGTERM'
  const timer = setTimeout(() => {
    if (process.listenerCount(signal) > 0) return
    warn(
      `Nobody listens for ${signal}: it will end this process at once. Leader work will be cut off where it stands, leadership ` +
        'will not be handed over, and the other instances will wait an election timeout for a new leader. Call ' +
        'app.enableShutdownHooks() when the application has been created.',
    )
  }, patience)
  timer.unref()
  return () => clearTimeout(timer)
}

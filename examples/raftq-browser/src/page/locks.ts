// Web Locks tell which tabs are alive. A tab holds the lock of its name as long as it lives. When it is
// closed or crashes, the browser releases the lock, so no tab has to guess from silence.

export interface Hold {
  release(): void
}

const prefix = 'oarlock-tabs/'

/** The names whose locks are held. */
export async function heldIds(): Promise<readonly string[]> {
  const { held = [] } = await navigator.locks.query()
  return held.map(({ name = '' }) => name.slice(prefix.length))
}

function request(id: string, options: LockOptions, signal: AbortSignal): Promise<Hold | null> {
  return new Promise((resolve, reject) => {
    const held = (lock: Lock | null): Promise<void> | void => {
      if (lock === null || signal.aborted) return resolve(null)
      return new Promise((release) => {
        signal.addEventListener('abort', () => release(), { once: true })
        resolve({ release })
      })
    }
    navigator.locks.request(prefix + id, options, held).catch((cause: unknown) => {
      if (options.signal?.aborted) resolve(null)
      else reject(cause)
    })
  })
}

/**
 * Waits for the lock until `patience` aborts, then returns null. Holds it until it is released or `signal`
 * aborts.
 */
export const hold = (id: string, signal: AbortSignal, patience: AbortSignal = signal): Promise<Hold | null> =>
  request(id, { signal: AbortSignal.any([signal, patience]) }, signal)

/** Null if the lock is held. */
export const holdIfFree = (id: string, signal: AbortSignal): Promise<Hold | null> =>
  request(id, { ifAvailable: true }, signal)

// Who is alive, by Web Locks: a tab holds the lock of its name for as long as it lives. When it is closed, or has crashed, the browser itself
// gives the lock away: nobody has to guess from silence.

export interface Hold {
  release(): void
}

const prefix = 'oarlock-tabs/'

/** Whose locks are held by somebody. */
export async function heldIds(): Promise<readonly string[]> {
  const { held = [] } = await navigator.locks.query()
  return held.map(({ name = '' }) => name.slice(prefix.length))
}

function request(id: string, options: LockOptions, life: AbortSignal): Promise<Hold | null> {
  return new Promise((resolve, reject) => {
    const held = (lock: Lock | null): Promise<void> | void => {
      if (lock === null || life.aborted) return resolve(null)
      return new Promise((release) => {
        life.addEventListener('abort', () => release(), { once: true })
        resolve({ release })
      })
    }
    navigator.locks.request(prefix + id, options, held).catch((cause: unknown) => {
      if (options.signal?.aborted) resolve(null)
      else reject(cause)
    })
  })
}

/** Waits until nobody else holds it, but not longer than `patience`: then null. It is held until it is released, or `life` is over. */
export const hold = (id: string, life: AbortSignal, patience: AbortSignal = life): Promise<Hold | null> =>
  request(id, { signal: AbortSignal.any([life, patience]) }, life)

/** Null if somebody holds it. */
export const holdIfFree = (id: string, life: AbortSignal): Promise<Hold | null> =>
  request(id, { ifAvailable: true }, life)

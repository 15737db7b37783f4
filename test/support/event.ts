/** An event that a test waits for. */
export interface Event<T> {
  readonly happened: Promise<T>
  happen(what: T): void
}

export function event<T = void>(): Event<T> {
  let happen!: (what: T) => void
  const happened = new Promise<T>((resolve) => {
    happen = resolve
  })
  return { happened, happen }
}

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Resolves in the next turn of the event loop, when all pending promise callbacks have run. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Resolves when `holds` does, for states that change without an event: it looks every 5 ms. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

// Timers that keep going in a hidden tab. A page's own are slowed down there to one a second, later to one a minute: a leader would be
// late with its heartbeats, and lose its leadership whenever its user looks elsewhere.

export interface TimerRequest {
  readonly timer: number
  /** Null: it is called off. */
  readonly ms: number | null
}

const worker = new Worker('clock-worker.js', { type: 'module' })
const waiting = new Map<number, () => void>()
let last = 0

worker.addEventListener('message', ({ data: timer }: MessageEvent<number>) => {
  const run = waiting.get(timer)
  waiting.delete(timer)
  run?.()
})

const ask = (request: TimerRequest): void => worker.postMessage(request)

/** Calls `run` once, in `ms` milliseconds; the function that is returned calls it off. */
export function setTimer(run: () => void, ms: number): () => void {
  const timer = ++last
  waiting.set(timer, run)
  ask({ timer, ms })
  return () => {
    if (waiting.delete(timer)) ask({ timer, ms: null })
  }
}

/** Resolves after `ms` milliseconds. */
export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimer(resolve, ms))

// Timers that keep running in a hidden tab. A browser slows a hidden page's own timers down to one a second,
// later to one a minute. A leader would send its heartbeats late, and lose its leadership whenever the user
// looks at another tab.

export interface TimerRequest {
  readonly timer: number
  /** Null cancels the timer. */
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

/** Calls `run` once, after `ms` milliseconds. The returned function cancels the call. */
export function setTimer(run: () => void, ms: number): () => void {
  const timer = ++last
  waiting.set(timer, run)
  ask({ timer, ms })
  return () => {
    if (waiting.delete(timer)) ask({ timer, ms: null })
  }
}

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimer(resolve, ms))

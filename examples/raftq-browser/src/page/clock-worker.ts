// The timers of clock.ts, in a worker: browsers do not slow them down in a hidden tab.
import type { TimerRequest } from './clock.ts'

const timers = new Map<number, ReturnType<typeof setTimeout>>()

addEventListener('message', ({ data }: MessageEvent<TimerRequest>) => {
  const { timer, ms } = data
  clearTimeout(timers.get(timer))
  timers.delete(timer)
  if (ms === null) return
  timers.set(
    timer,
    setTimeout(() => {
      timers.delete(timer)
      postMessage(timer)
    }, ms),
  )
})

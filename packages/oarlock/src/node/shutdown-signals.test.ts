import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { ShutdownSignals, type SignalHost } from './shutdown-signals.ts'

/** Takes the place of `process`. A signal without a listener would end it. */
class Host extends EventEmitter implements SignalHost {
  pid = 7
  readonly raised: string[] = []
  readonly exits: number[] = []

  kill(pid: number, signal: NodeJS.Signals): void {
    expect(pid).toBe(7)
    expect(this.listenerCount(signal)).toBe(0)
    this.raised.push(signal)
  }

  exit(code: number): void {
    this.exits.push(code)
  }
}

const turn = () => new Promise(setImmediate)

describe('shutdown signals', () => {
  let host: Host
  let signals: ShutdownSignals

  beforeEach(() => {
    host = new Host()
    signals = new ShutdownSignals(host)
  })

  /** A member whose close ends when the test says so. */
  const member = (...watched: NodeJS.Signals[]) => {
    const state = { closing: 0, finish: () => {} }
    const unwatch = signals.watch(watched, () => {
      state.closing++
      return new Promise<void>((resolve) => {
        state.finish = () => {
          unwatch()
          resolve()
        }
      })
    })
    return { state, unwatch }
  }

  it('close the member, then end the process by the same signal', async () => {
    const { state } = member('SIGTERM', 'SIGINT')
    host.emit('SIGTERM', 'SIGTERM')
    await turn()
    expect(state.closing).toBe(1)
    expect(host.raised).toEqual([])
    state.finish()
    await turn()
    expect(host.raised).toEqual(['SIGTERM'])
    expect(host.listenerCount('SIGINT')).toBe(0)
  })

  it('wait for every member of the process', async () => {
    const [a, b] = [member('SIGTERM'), member('SIGTERM')]
    expect(host.listenerCount('SIGTERM')).toBe(1)
    host.emit('SIGTERM', 'SIGTERM')
    a.state.finish()
    await turn()
    expect(host.raised).toEqual([])
    b.state.finish()
    await turn()
    expect(host.raised).toEqual(['SIGTERM'])
  })

  it('leave the end of the process to another listener, for one time or always', async () => {
    for (const listen of ['on', 'once'] as const) {
      host[listen]('SIGTERM', () => {})
      const { state } = member('SIGTERM')
      host.emit('SIGTERM', 'SIGTERM')
      state.finish()
      await turn()
      expect(host.raised).toEqual([])
      host.removeAllListeners()
    }
  })

  it('end the process at once when a second one arrives', () => {
    const { state } = member('SIGTERM', 'SIGINT')
    host.emit('SIGTERM', 'SIGTERM')
    host.emit('SIGINT', 'SIGINT')
    expect(host.raised).toEqual(['SIGINT'])
    expect(state.closing).toBe(1)
  })

  it('end process 1 by its exit status, because the kernel would ignore the signal', async () => {
    host.pid = 1
    const { state } = member('SIGTERM')
    host.emit('SIGTERM', 'SIGTERM')
    expect(host.exits).toEqual([])
    state.finish()
    await turn()
    expect(host.exits).toEqual([128 + 15])
    expect(host.raised).toEqual([])
  })

  it('have no listener any more when the members have closed', () => {
    const [a, b] = [member('SIGTERM', 'SIGHUP'), member('SIGTERM')]
    a.unwatch()
    expect(host.listenerCount('SIGTERM')).toBe(1)
    expect(host.listenerCount('SIGHUP')).toBe(0)
    b.unwatch()
    expect(host.listenerCount('SIGTERM')).toBe(0)
    member('SIGTERM')
    expect(host.listenerCount('SIGTERM')).toBe(1)
  })
})

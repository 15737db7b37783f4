import { describe, expect, it } from 'vitest'
import { Latest } from './latest.ts'

const latest = () => new Latest<number>(0, Object.is)

describe('an observation of the latest value', () => {
  it('yields the value now and after each change, and skips what a slow observer missed', async () => {
    const value = latest()
    const seen = value.observe(undefined)
    expect(await seen.next()).toEqual({ value: 0, done: false })
    value.set(1)
    value.set(2)
    expect(await seen.next()).toEqual({ value: 2, done: false })
    const next = seen.next()
    value.set(3)
    expect(await next).toEqual({ value: 3, done: false })
  })

  const endings: [
    how: string,
    end: (value: Latest<number>, seen: AsyncGenerator<number>, caller: AbortController) => unknown,
  ][] = [
    ['return', (_, seen) => seen.return(undefined)],
    ['throw', (_, seen) => seen.throw(new Error('of the caller')).catch(() => {})],
    ['dispose', (_, seen) => seen[Symbol.asyncDispose]()],
    ["the caller's signal", (_value, _seen, caller) => caller.abort()],
    ['the end of the values', (value) => value.end()],
  ]
  it.each(endings)('is ended by %s while next waits, and leaves no listener', async (_, end) => {
    const value = latest()
    const caller = new AbortController()
    const seen = value.observe(caller.signal)
    await seen.next()
    const waiting = seen.next()
    await end(value, seen, caller)
    expect(await waiting).toEqual({ value: undefined, done: true })
    expect(await seen.next()).toEqual({ value: undefined, done: true })
    value.set(1)
    expect(await seen.next()).toMatchObject({ done: true })
  })
})

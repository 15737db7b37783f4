// An object that is not a state machine is refused by name. A machine that fails before anything has happened
// gets a verdict like any other.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { draw } from '../drawing/index.ts'
import { play, simulate, wholeOf } from '../runs/index.ts'
import { shrink, tell } from '../shrinking/index.ts'
import type { Application } from './application.ts'
import { MachineError } from './machine-error.ts'

class Counter {
  count = 0

  apply(by: number): unknown {
    this.count += by
    return this.count
  }

  query(): unknown {
    return this.count
  }

  snapshot(): unknown {
    return this.count
  }

  restore(state: unknown): unknown {
    this.count = state as number
    return undefined
  }
}

/** Any parts, as JavaScript would pass them. */
const counts = (parts: object = {}, beside: object = {}): Application =>
  ({
    machine: () => Object.assign(new Counter(), parts),
    commands: () => 1,
    queries: () => 'how many?',
    ...beside,
  }) as Application

const run = (application: Application): ReturnType<typeof simulate> => simulate({ seed: 12, ...application })

test('a counter passes', () => {
  const { violation, committed, reads } = run(counts())
  expect(violation).toBeNull()
  expect(Math.min(committed, reads)).toBeGreaterThan(8)
})

describe('a promise is refused by the name of the method that returned it:', () => {
  const later = async (): Promise<number> => Math.random()
  const broken = async (): Promise<never> => {
    throw new Error('not reported')
  }

  test.each(['apply', 'query', 'snapshot', 'restore'])('%s', async (method) => {
    for (const asynchronous of [later, broken]) {
      const simulated = (): unknown => run(counts({ [method]: asynchronous }))
      expect(simulated).toThrow(MachineError)
      expect(simulated).toThrow(expect.objectContaining({ method }))
      expect(simulated).toThrow(
        `${method}() returns a promise, which a simulated run cannot wait for: make it synchronous`,
      )
    }
    await setImmediate() // an unhandled rejection would fail the test
  })

  test.each(['machine', 'commands', 'queries', 'check', 'digest'])('the option %s', (method) => {
    const simulated = (): unknown => run(counts({}, { [method]: later }))
    expect(simulated).toThrow(MachineError)
    expect(simulated).toThrow(`${method}() returns a promise`)
  })
})

describe('a machine without a method is refused at once, by the name of the method:', () => {
  test.each(['apply', 'snapshot', 'restore'])('%s', (method) => {
    const simulated = (): unknown => run(counts({ [method]: undefined }))
    expect(simulated).toThrow(MachineError)
    expect(simulated).toThrow(expect.objectContaining({ method }))
    expect(simulated).toThrow(`what machine() returns has no method ${method}()`)
  })

  test.each([undefined, null, 7])('all of them, for %o', (nothing) => {
    expect(() => run(counts({}, { machine: () => nothing }))).toThrow(MachineError)
  })
})

describe('it is a violation that', () => {
  const itself: unknown[] = []
  itself.push(itself)

  test.each([
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a promise', Promise.resolve(1)],
    ['a value that contains itself', itself],
  ])('a snapshot holds %s', (what, value) => {
    const { violation, events } = run(counts({ snapshot: () => ({ value }) }))
    expect(violation).toMatchObject({
      checker: 'MACHINE',
      message: `snapshot() holds ${what}, which cannot be compared: return plain data, or give digest(machine)`,
    })
    expect(events).toBe(0)
  })

  test('a result holds a function', () => {
    expect(run(counts({ apply: () => ({ undo: () => {} }) })).violation).toMatchObject({
      checker: 'MACHINE',
      message: 'a result or an answer holds a function, which cannot be compared: return plain data',
    })
  })

  test('an answer holds a function', () => {
    expect(run(counts({ query: () => () => {} })).violation).toMatchObject({
      checker: 'MACHINE',
      message: 'a result or an answer holds a function, which cannot be compared: return plain data',
    })
  })

  test.each([
    ['machine', 'machine() throws: no'],
    ['digest', 'digest() throws: no'],
  ])('the option %s throws', (name, message) => {
    const no = (): never => {
      throw new Error('no')
    }
    expect(run(counts({}, { [name]: no })).violation).toMatchObject({ checker: 'MACHINE', message })
  })

  test('snapshot throws', () => {
    class Shy extends Counter {
      override snapshot(): never {
        throw new Error('no')
      }
    }
    expect(run(counts({}, { machine: () => new Shy(), digest: () => '' })).violation).toMatchObject({
      checker: 'MACHINE',
      message: 'snapshot() throws: no',
    })
  })

  test('the codec cannot read its own bytes', () => {
    const codec = {
      encode: () => new Uint8Array(1),
      decode: () => {
        throw new Error('not mine')
      },
    }
    expect(run(counts({}, { codec })).violation).toMatchObject({
      checker: 'MACHINE',
      message: expect.stringMatching(/^the codec throws at the command at \d+: not mine$/),
    })
  })
})

test('with its own digest, a snapshot may hold anything', () => {
  class Sealed extends Counter {
    override snapshot(): () => number {
      const { count } = this
      return () => count
    }

    override restore(open: unknown): void {
      this.count = (open as () => number)()
    }
  }
  const digest = (machine: unknown): string => `${(machine as Sealed).count}`
  expect(run(counts({}, { machine: () => new Sealed(), digest })).violation).toBeNull()
})

test('a run that ends before it begins is shrunk, told and drawn like any other', () => {
  const fails = (): never => {
    throw new Error('not today')
  }
  for (const application of [counts({ snapshot: () => () => {} }), counts({}, { machine: fails })]) {
    const { schedule } = shrink(wholeOf(12), { runs: 200, time: 10_000 }, (some) => play(some, application))
    expect(tell(schedule, application).at(-1)).toMatch(/MACHINE: /)
    expect(draw(schedule, { last: 10, page: true }, application)).toContain('MACHINE is violated')
  }
})

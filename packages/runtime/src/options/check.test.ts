import { describe, expect, it } from 'vitest'
import { checkOptions, complaintAbout, needed } from './check.ts'
import {
  abortSignal,
  callback,
  confidential,
  duration,
  flag,
  listOf,
  number,
  oneOf,
  recordOf,
  text,
  wait,
  withMethods,
  withSynchronousMethods,
} from './rules.ts'

const schema = {
  id: needed(text()),
  electionTimeout: duration,
  drainTimeout: wait,
  priority: number({ least: 0, most: 100, whole: true }),
  patience: number({ least: 1, endless: true }),
  verbose: flag,
  kind: oneOf('full', 'witness'),
  peers: recordOf(
    text("the 'host:port' of a member"),
    "an object that maps each member's id to its 'host:port'",
  ),
  ids: listOf(text(), 'ids'),
  secret: confidential('a string that is not empty', (value) => typeof value === 'string'),
  forward: callback('a function'),
  store: withMethods('a log store', 'open', 'close'),
  machine: withSynchronousMethods('a state machine', 'apply'),
  signal: abortSignal,
}

const about = (options: object) => complaintAbout({ id: 'a', ...options }, schema)

describe('options', () => {
  it('that follow their rules are accepted, and undefined counts as not given', () => {
    expect(
      about({
        electionTimeout: 0.5,
        drainTimeout: 0,
        priority: 100,
        patience: Number.POSITIVE_INFINITY,
        verbose: false,
        kind: 'witness',
        peers: { a: 'h:1' },
        ids: ['a'],
        secret: 's',
        forward() {},
        store: { open() {}, close() {} },
        machine: { apply() {} },
        signal: new AbortController().signal,
      }),
    ).toBeNull()
    expect(about({ kind: undefined, unheardOf: undefined })).toBeNull()
  })

  it.each([
    [{ id: undefined }, 'id must be a string that is not empty, got undefined'],
    [{ electionTimout: 5 }, "unknown option 'electionTimout': did you mean 'electionTimeout'?"],
    [{ ElectionTimeout: 5 }, "unknown option 'ElectionTimeout': did you mean 'electionTimeout'?"],
    [{ pears: {} }, "unknown option 'pears': did you mean 'peers'?"],
    [{ colour: 'red' }, `unknown option 'colour'; the options are ${Object.keys(schema).join(', ')}`],
    [{ constructor: 1 }, `unknown option 'constructor'; the options are ${Object.keys(schema).join(', ')}`],
    [{ drainTimeout: '5000' }, "drainTimeout: '5000' is text: write the number 5000"],
    [{ drainTimeout: '5s' }, "drainTimeout must be a number of milliseconds from 0 to 2147483647, got '5s'"],
    [{ drainTimeout: '' }, "drainTimeout must be a number of milliseconds from 0 to 2147483647, got ''"],
    [{ drainTimeout: null }, 'drainTimeout must be a number of milliseconds from 0 to 2147483647, got null'],
    [{ drainTimeout: 5n }, 'drainTimeout must be a number of milliseconds from 0 to 2147483647, got 5n'],
    [
      { electionTimeout: 0 },
      'electionTimeout must be a number of milliseconds above 0 and at most 2147483647, got 0',
    ],
    [
      { electionTimeout: Number.NaN },
      'electionTimeout must be a number of milliseconds above 0 and at most 2147483647, got NaN',
    ],
    [{ priority: 1.5 }, 'priority must be a whole number from 0 to 100, got 1.5'],
    [{ patience: 0 }, 'patience must be a number, 1 or above, got 0'],
    [{ verbose: 'false' }, "verbose: 'false' is text: write false without quotes"],
    [{ verbose: 1 }, 'verbose must be true or false, got 1'],
    [{ kind: 'half' }, "kind must be 'full' or 'witness', got 'half'"],
    [
      { peers: ['h:1'] },
      "peers must be an object that maps each member's id to its 'host:port', got an array",
    ],
    [
      { peers: new Map() },
      "peers must be an object that maps each member's id to its 'host:port', got a Map",
    ],
    [{ peers: { a: 7401 } }, "peers['a'] must be the 'host:port' of a member, got 7401"],
    [{ ids: 'a' }, "ids must be a list of ids, got 'a'"],
    [{ ids: ['a', ''] }, "ids[1] must be a string that is not empty, got ''"],
    [{ secret: 5 }, 'secret must be a string that is not empty'],
    [{ forward: {} }, 'forward must be a function, got an object'],
    [{ store: { open() {} } }, 'store must be a log store: it has no method close'],
    [{ store: null }, 'store must be a log store, got null'],
    [
      { machine: { apply: async () => {} } },
      'machine.apply is an async function, and it must return its result at once, not a promise',
    ],
    [{ signal: {} }, 'signal must be an AbortSignal, got an object'],
  ])('%o: %s', (options, complaint) => expect(about(options)).toBe(complaint))

  it.each([
    [null, 'null'],
    [[], 'an array'],
    ['a', "'a'"],
    [() => {}, 'a function'],
  ])('must be an object, not %o', (options, what) =>
    expect(complaintAbout(options, schema)).toBe(`the options must be an object, got ${what}`),
  )

  it('are refused with InvalidOptionsError, which says whose they are', () => {
    const check = () => checkOptions({ id: '' }, schema, 'forRoot')
    expect(check).toThrow(
      expect.objectContaining({
        code: 'OARLOCK_INVALID_OPTIONS',
        message: "forRoot: id must be a string that is not empty, got ''",
      }),
    )
  })
})

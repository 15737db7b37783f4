import { type Entry, index, term } from '@oarlock/core'
import { encodeCommands, sessionClosing, sessionOpening, sessionPlaceBytes } from '@oarlock/runtime'
import { beforeEach, expect, test } from 'vitest'
import { payloadOf, writeOf } from '../machine/index.ts'
import { SessionModel } from './session-model.ts'

let model: SessionModel
let last = 0

beforeEach(() => {
  model = new SessionModel()
  last = 0
})

const next = (data: Uint8Array) =>
  model.next({ type: 'normal', data, index: index(++last), term: term(1) } satisfies Entry)
const number = (value: number) => Uint8Array.of(0, 0, 0, 0, value >>> 8, value)
const entry = (kind: typeof sessionOpening | typeof sessionClosing, value: number, time: number) =>
  next(encodeCommands(new Uint8Array(8), 0, [{ kind, command: number(value) }], time)[0]!.data)
const command = (session: number, at: number, acknowledged = at) =>
  next(payloadOf(1, { session, number: at, acknowledged }, new Uint8Array(3)).data)
const timePasses = (time: number) =>
  next(encodeCommands(new Uint8Array(8), 0, [{ kind: 2, command: new Uint8Array(4) }], time)[0]!.data)

test('a command takes effect once in its session, until its client has gone on', () => {
  entry(sessionOpening, 100, 0)
  expect([command(1, 1), command(1, 1), command(1, 2), command(1, 1)]).toEqual([
    'effect',
    'repeated',
    'effect',
    'refused',
  ])
  expect(command(9, 1)).toBe('refused')
})

test('a session is gone when it is closed, and when it was not used for its timeout of leader time', () => {
  entry(sessionOpening, 100, 5)
  timePasses(105)
  expect([command(1, 1), model.leaderTime]).toEqual(['effect', 105])
  timePasses(206)
  timePasses(200)
  expect([command(1, 2), model.leaderTime]).toEqual(['refused', 206])
  entry(sessionOpening, 100, 206)
  const opened = last
  expect(command(opened, 1)).toBe('effect')
  entry(sessionClosing, opened, 206)
  expect(command(opened, 1)).toBe('refused')
})

test('the number of a write is found in every kind of command', () => {
  const place = { session: 3, number: 1, acknowledged: 1 }
  const [plain, inSession] = [null, place].map((at) => payloadOf(70_000, at, new Uint8Array(2)))
  expect([writeOf(plain!), writeOf(inSession!)]).toEqual([70_000, 70_000])
  expect(inSession!.data.length - plain!.data.length).toBe(sessionPlaceBytes)
})

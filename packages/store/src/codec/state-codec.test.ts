import { DecodeError } from '@oarlock/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { request } from '../../test/arbitrary.ts'
import { isRefused, type KeyValue } from '../model/requests.ts'
import { everything, only } from '../model/sorted-map.ts'
import { StoreState } from '../model/store-state.ts'
import { encodeState, StateDecoder } from './state-codec.ts'

function bytesOf(state: StoreState): Uint8Array {
  const pieces = [...encodeState(state.view())]
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

function restored(bytes: Uint8Array, chunk: number): StoreState {
  const decoder = new StateDecoder()
  const versions = []
  for (let at = 0; at < bytes.length; at += chunk) versions.push(...decoder.push(bytes.slice(at, at + chunk)))
  const state = new StoreState()
  state.restore(decoder.end(), versions)
  return state
}

/** What can be seen of it. */
function seenIn(state: StoreState) {
  const { keys, leases } = state
  const at = (revision: number): KeyValue[] => {
    const answer = state.range({ type: 'range', range: everything, revision })
    return isRefused(answer) ? [] : [...answer.result.items]
  }
  const revisions = Array.from({ length: keys.revision }, (_, n) => n + 1)
  return {
    revision: keys.revision,
    compacted: keys.compacted,
    contents: revisions.map(at),
    changes: revisions.map((one) => (one > keys.compacted ? keys.changesAt(one) : [])),
    leases: leases.all.map((lease) => ({ ...lease, keys: leases.keysOf(lease.id) })),
    next: leases.next(),
    limits: state.limits,
    amounts: [keys.size, keys.bytes, keys.liveBytes],
  }
}

describe('a store', () => {
  it('is the same after it was bytes, in chunks of any length, and goes on in the same way', () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 30 }),
        fc.array(request, { maxLength: 10 }),
        fc.integer({ min: 1, max: 50 }),
        (before, after, chunk) => {
          const state = new StoreState()
          const apply = (to: StoreState, some: typeof before) =>
            some.map((one) => (one.type === 'range' ? to.range(one) : to.apply(one)))
          apply(state, before)
          const copy = restored(bytesOf(state), chunk)
          expect(seenIn(copy)).toEqual(seenIn(state))
          expect(apply(copy, after)).toEqual(apply(state, after))
          expect(seenIn(copy)).toEqual(seenIn(state))
        },
      ),
    )
  })

  it('of which the bytes are cut short is refused', () => {
    const state = new StoreState()
    state.apply({ type: 'grant', id: 0, ttl: 1000, owner: 0 })
    state.apply({ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(2), lease: 1 })
    const bytes = bytesOf(state)
    const header = [...encodeState(state.view())][0]!.length
    for (let at = 0; at < bytes.length; at++)
      if (at !== header) expect(() => restored(bytes.slice(0, at), 7), `cut at ${at}`).toThrow(DecodeError)
    const long = bytes.slice()
    long[0] = 255
    expect(() => restored(long, 7)).toThrow(DecodeError)
  })

  it('that is being written does not show what was changed meanwhile', () => {
    const state = new StoreState()
    const put = (n: number) =>
      state.apply({ type: 'put', key: Uint8Array.of(n >> 8, n), value: new Uint8Array(200), lease: 0 })
    for (let n = 0; n < 1000; n++) put(n)
    const before = bytesOf(state)
    const pieces = encodeState(state.view())
    const written = [pieces.next().value!]
    for (let n = 0; n < 1000; n += 2) put(n)
    state.apply({ type: 'delete', range: only(Uint8Array.of(0, 1)) })
    state.apply({ type: 'compact', revision: state.keys.revision })
    for (const piece of pieces) written.push(piece)
    expect(written.length).toBeGreaterThan(2)
    expect(Buffer.compare(Buffer.concat(written), before)).toBe(0)
  })
})

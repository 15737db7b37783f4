import { randomBytes } from 'node:crypto'
import { DecodeError } from '@oarlock/runtime'
import { describe, expect, it, test } from 'vitest'
import {
  decodeProofs,
  encodeAlive,
  encodeProofs,
  FrameDecoder,
  NotAuthenticError,
  provedSession,
  sessionsOf,
} from './index.ts'

const secret = (text: string) => Buffer.from(text)
const hellos = (): [Buffer, Buffer] => [randomBytes(41), randomBytes(41)]
const bodyOf = (frame: Buffer) => [...new FrameDecoder().push(frame)][0]!.body

describe('a proof', () => {
  it('is accepted by a side that knows the secret, also as one of two', () => {
    const both = hellos()
    const [mine] = sessionsOf([secret('new')], ...both)
    const theirs = sessionsOf([secret('newer'), secret('new')], ...both)
    const sent = decodeProofs(bodyOf(encodeProofs([mine!.proofOf('dialler')])))
    expect(provedSession(theirs, 'dialler', sent)).toBe(theirs[1])
  })

  it.each<[string, (both: [Buffer, Buffer]) => [string, [Buffer, Buffer], 'dialler' | 'dialled']]>([
    ['of another secret', (both) => ['other', both, 'dialler']],
    ['that was replayed to a new nonce', ([dialler]) => ['secret', [dialler, randomBytes(41)], 'dialler']],
    [
      'of other versions',
      ([dialler, dialled]) => ['secret', [Buffer.from(dialler).fill(9, 5, 6), dialled], 'dialler'],
    ],
    ['that was reflected', (both) => ['secret', both, 'dialled']],
    ['for the opposite direction', ([dialler, dialled]) => ['secret', [dialled, dialler], 'dialler']],
  ])('%s is not', (_, other) => {
    const both = hellos()
    const [with_, over, side] = other(both)
    const [forged] = sessionsOf([secret(with_)], ...over)
    expect(
      provedSession(sessionsOf([secret('secret')], ...both), 'dialler', [forged!.proofOf(side)]),
    ).toBeNull()
  })

  test('of another length is refused, and so are more than two', () => {
    const one = randomBytes(32)
    expect(() => decodeProofs(randomBytes(33))).toThrow(DecodeError)
    expect(() => decodeProofs(randomBytes(31))).toThrow(DecodeError)
    expect(() => decodeProofs(Buffer.concat([one, one, one]))).toThrow(DecodeError)
    expect(decodeProofs(Buffer.alloc(0))).toEqual([])
  })
})

describe('authenticated frames', () => {
  const setUp = () => {
    const [session] = sessionsOf([secret('secret')], ...hellos())
    const tags = session!.tagsOf('dialler')
    const decoder = new FrameDecoder()
    decoder.tags = session!.tagsOf('dialler')
    const sealed = () => {
      const alive = encodeAlive()
      return Buffer.concat([alive, tags.next(alive)])
    }
    return { session: session!, decoder, frames: [sealed(), sealed(), sealed()] as const }
  }

  it('are accepted in their order, however they are cut', () => {
    const { decoder, frames } = setUp()
    const bytes = Buffer.concat(frames)
    const got = [...bytes].flatMap((byte) => [...decoder.push(Buffer.of(byte))])
    expect(got).toHaveLength(3)
  })

  it.each<[string, (frames: readonly [Buffer, Buffer, Buffer]) => Buffer[]]>([
    ['one is replayed', ([first]) => [first, first]],
    ['one is dropped', ([first, , third]) => [first, third]],
    ['two are exchanged', ([first, second]) => [second, first]],
    ['a tag is changed', ([first]) => [Buffer.from(first).fill(0, 20, 21)]],
    ['one has no tag', () => [encodeAlive(), encodeAlive(), encodeAlive()]],
  ])('are refused when %s', (_, change) => {
    const { decoder, frames } = setUp()
    expect(() => change(frames).flatMap((chunk) => [...decoder.push(chunk)])).toThrow(NotAuthenticError)
  })

  it('are refused when they are reflected', () => {
    const { session, frames } = setUp()
    const decoder = new FrameDecoder()
    decoder.tags = session.tagsOf('dialled')
    expect(() => [...decoder.push(frames[0])]).toThrow(NotAuthenticError)
  })

  it('may follow frames without tags in one chunk: the next frame is checked', () => {
    const { decoder, frames } = setUp()
    const { tags } = decoder
    decoder.tags = null
    const kinds: number[] = []
    const read = () => {
      for (const { kind } of decoder.push(
        Buffer.concat([encodeAlive(), frames[0], encodeAlive(), encodeAlive(), encodeAlive()]),
      )) {
        kinds.push(kind)
        decoder.tags = tags
      }
    }
    expect(read).toThrow(NotAuthenticError)
    expect(kinds).toHaveLength(2)
  })
})

// The bytes of each protocol version, as files. The file of a version that was released never changes.
import { readFileSync } from 'node:fs'
import { identityOf, specimens } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import {
  decodeHello,
  decodeMessages,
  decodeRefusal,
  encodeAlive,
  encodeClientIntroduction,
  encodeClientMessage,
  encodeHello,
  encodeIntroduction,
  encodeProofs,
  encodeRefusal,
  encodeWelcome,
  FrameDecoder,
  MessageBatch,
  nonceBytes,
  ownHello,
  protocolVersion,
  provedSession,
  sessionsOf,
} from './index.ts'

const fileOf = (version: number) => new URL(`../../test/golden/version-${version}.txt`, import.meta.url)
/** The frames of a version, by name. */
const golden = (version: number): ReadonlyMap<string, Buffer> =>
  new Map(
    readFileSync(fileOf(version), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name, hex]) => [name!, Buffer.from(hex!, 'hex')]),
  )
const only = (bytes: Buffer) => [...new FrameDecoder().push(bytes)][0]!

const identity = {
  ...identityOf('b'),
  starts: { count: 3, recent: ['0a', '0b', '0c'] },
  founders: ['a', 'b', 'ç'],
}
const bodyOf = (hello: Buffer): Uint8Array => only(hello).body

function framesOfNow(): Map<string, Buffer> {
  const hello = encodeHello(ownHello(true, Buffer.alloc(nonceBytes, 1)))
  const answer = encodeHello(ownHello(true, Buffer.alloc(nonceBytes, 2)))
  const [session] = sessionsOf([Buffer.from('correct horse battery')], bodyOf(hello), bodyOf(answer))
  const alive = encodeAlive()
  const tags = session!.tagsOf('dialled')
  const frames = new Map<string, Buffer>([
    ['hello', encodeHello(ownHello(false, Buffer.alloc(nonceBytes, 3)))],
    ['hello-dialler', hello],
    ['hello-dialled', answer],
    ['proof-dialler', encodeProofs([session!.proofOf('dialler')])],
    ['proof-dialled', encodeProofs([session!.proofOf('dialled')])],
    ['alive-authenticated', Buffer.concat([alive, tags.next(alive)])],
    ['alive-authenticated-next', Buffer.concat([alive, tags.next(alive)])],
    ['introduction', encodeIntroduction({ identity, to: 'a', lane: 'control', advertise: '' })],
    [
      'introduction-bulk',
      encodeIntroduction({
        identity: { ...identity, purpose: 'election', kind: 'witness' },
        to: 'a',
        lane: 'bulk',
        advertise: 'b.example:7401',
      }),
    ],
    ['welcome', encodeWelcome({ identity, advertise: '[::1]:7401' })],
    ['refused', encodeRefusal({ reason: 'wrong-version', detail: 'why' })],
    ['alive', alive],
    ['client', encodeClientIntroduction({ cluster: 'shop' })],
    ['client-message', encodeClientMessage(Uint8Array.of(1, 2, 3))],
  ])
  for (const [name, message] of Object.entries(specimens)) {
    const batch = new MessageBatch()
    batch.add(message)
    frames.set(name, batch.encode().buffer)
  }
  return frames
}

describe('the bytes of version 3', () => {
  it('are those of its file (`vitest -u` writes it, before the version is released)', async () => {
    const lines = [...framesOfNow()].map(([name, bytes]) => `${name} ${bytes.toString('hex')}\n`)
    expect(protocolVersion).toBe(3)
    await expect(lines.join('')).toMatchFileSnapshot(fileOf(3).pathname)
  })

  it('are decoded to the same messages, and the proofs are accepted', () => {
    const frames = golden(3)
    for (const [name, message] of Object.entries(specimens))
      expect(decodeMessages(only(frames.get(name)!).body)).toEqual([message])
    const sessions = sessionsOf(
      [Buffer.from('correct horse battery')],
      bodyOf(frames.get('hello-dialler')!),
      bodyOf(frames.get('hello-dialled')!),
    )
    for (const side of ['dialler', 'dialled'] as const)
      expect(provedSession(sessions, side, [only(frames.get(`proof-${side}`)!).body])).toBe(sessions[0])
  })
})

describe('the bytes of version 2', () => {
  it('say their version in Hello, and why in a refusal, as those of every version do', () => {
    const frames = golden(2)
    expect(decodeHello(only(frames.get('hello-control')!).body)).toEqual({ version: 2, nonce: null })
    expect(decodeRefusal(only(frames.get('refused')!).body)).toEqual({
      reason: 'wrong-version',
      detail: "it uses protocol version 3, and 'b' uses 2: run the same version of Oarlock on every member",
    })
  })
})

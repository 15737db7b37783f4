// For the fuzzer: what strangers send, what someone between two members may, and what clients do that speak nonsense.
import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { RefusalReason } from '@oarlock/runtime'
import { type ClientRequest, encodeClientRequest } from '@oarlock/store'
import { identityOf, specimens } from '@oarlock/testkit/conformance'
import {
  type AuthenticatedSession,
  eachFrame,
  encodeAlive,
  encodeClientIntroduction,
  encodeClientMessage,
  encodeHello,
  encodeIntroduction,
  encodeProofs,
  encodeRefusal,
  encodeWelcome,
  type FrameTags,
  MessageBatch,
  nonceBytes,
  ownHello,
  sessionsOf,
} from '../../src/wire/index.ts'
import { below, pick, type Random } from '../random.ts'

/** What passed between two members before, in both directions of one stream. */
export interface Recording {
  readonly dialler: Buffer
  readonly dialled: Buffer
}

/** The bytes that a stranger sends on one connection, and how many frames, or parts of frames, they are. */
export interface Attack {
  readonly name: string
  readonly bytes: Buffer
  readonly frames: number
}

const bytesOf = (length: number, random: Random): Buffer =>
  Buffer.from(Array.from({ length }, () => below(256, random)))

const messages: readonly Buffer[] = Object.values(specimens).map((message) => {
  const batch = new MessageBatch()
  batch.add(message)
  return batch.encode().buffer
})

const introduction = encodeIntroduction({
  identity: { ...identityOf('c'), founders: ['a', 'b', 'c'] },
  to: 'a',
  lane: 'control',
  advertise: '',
})

const refusals: readonly Buffer[] = (
  ['wrong-version', 'wrong-secret', 'wrong-cluster', 'other-incarnation', 'second-process'] as RefusalReason[]
).map((reason) => encodeRefusal({ reason, detail: 'go away' }))

const asClient = encodeClientIntroduction({ cluster: 'oarlock' })

const everything = { from: new Uint8Array(0), before: null }
const clientRequests: readonly Uint8Array[] = (
  [
    { type: 'range', request: { type: 'range', range: everything }, consistency: 'linearizable' },
    { type: 'range', request: { type: 'range', range: everything }, consistency: { atLeast: 7 } },
    { type: 'leases', owner: 3 },
    { type: 'renew', owner: 3 },
    { type: 'take', watch: { range: everything, from: 2, previous: true } },
    { type: 'cancel', other: 1 },
    { type: 'close', bytes: new Uint8Array(6) },
  ] satisfies ClientRequest[]
).map((request, at) => encodeClientRequest(at + 1, request))

/** Frames that were never authenticated, each well formed. */
const wellFormed: readonly Buffer[] = [
  ...messages,
  introduction,
  encodeWelcome({ identity: identityOf('c'), advertise: '' }),
  ...refusals,
  encodeAlive(),
  asClient,
  ...clientRequests.map(encodeClientMessage),
  encodeProofs([Buffer.alloc(32), Buffer.alloc(32, 1)]),
  encodeHello(ownHello(true, Buffer.alloc(nonceBytes, 9))),
  encodeHello(ownHello(false, Buffer.alloc(nonceBytes, 9))),
  encodeHello({ ...ownHello(true, Buffer.alloc(nonceBytes)), version: 2 }),
  encodeHello({ ...ownHello(true, Buffer.alloc(nonceBytes)), version: 9, oldest: 9 }),
]

/** Changes one or a few places, cuts, or extends; half of the time the checksum is made right again. */
export function mutated(frame: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(frame)
  for (let changes = 1 + below(4, random); changes > 0; changes--) {
    const at = below(bytes.length, random)
    switch (below(5, random)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << below(8, random))
        break
      case 1:
        bytes[at] = pick([0, 1, 0x7f, 0x80, 0xff], random)
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytesOf(below(20, random), random), bytes.subarray(at)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8, random))])
        break
      default:
        if (at + 4 <= bytes.length)
          bytes.writeUInt32BE(pick([0, 1, 0xffff_ffff, 0x7fff_ffff, 65_536], random), at)
    }
    if (bytes.length === 0) return Buffer.of(0)
  }
  return random() < 0.5 ? withChecksum(bytes) : bytes
}

function withChecksum(bytes: Buffer): Buffer {
  if (bytes.length < 9) return bytes
  bytes.writeUInt32BE(bytes.length - 8, 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(8)), 4)
  return bytes
}

const several = (count: number, make: () => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, make))

type Maker = (random: Random, recordings: readonly Recording[]) => Omit<Attack, 'name'>

/** Sent at the start of a connection by a stranger who dials, or who answers in the place of a member. */
const makers: Readonly<Record<string, Maker>> = {
  noise: (random) => ({ bytes: bytesOf(1 + below(300, random), random), frames: 1 }),
  'other protocols': (random) => ({
    bytes: pick(
      [
        Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
        Buffer.from('16030100f8010000f40303', 'hex'),
        Buffer.from('*1\r\n$4\r\nPING\r\n'),
        Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'),
      ],
      random,
    ),
    frames: 1,
  }),
  'a frame out of place': (random) => ({ bytes: pick(wellFormed, random), frames: 1 }),
  'frames out of place': (random) => {
    const count = 2 + below(4, random)
    return { bytes: several(count, () => pick(wellFormed, random)), frames: count }
  },
  'changed frames': (random) => {
    const count = 1 + below(3, random)
    return { bytes: several(count, () => mutated(pick(wellFormed, random), random)), frames: count }
  },
  'Hello, then guesses': (random) => {
    const proofs = Array.from({ length: 1 + below(2, random) }, () => bytesOf(32, random))
    const hello = encodeHello(ownHello(true, bytesOf(nonceBytes, random)))
    return {
      bytes: Buffer.concat([hello, encodeProofs(proofs), introduction, pick(messages, random)]),
      frames: 4,
    }
  },
  'Hello, then changed frames': (random) => ({
    bytes: Buffer.concat([
      encodeHello(ownHello(true, bytesOf(nonceBytes, random))),
      mutated(pick(wellFormed, random), random),
    ]),
    frames: 2,
  }),
  'a replay': (random, recordings) => {
    const { dialler, dialled } = pick(recordings, random)
    return { bytes: random() < 0.8 ? dialler : dialled, frames: 4 }
  },
  'a changed replay': (random, recordings) => ({
    bytes: mutated(pick(recordings, random).dialler, random),
    frames: 4,
  }),
  'a replay that is cut off': (random, recordings) => {
    const { dialler } = pick(recordings, random)
    return { bytes: dialler.subarray(0, 1 + below(dialler.length - 1, random)), frames: 2 }
  },
}

export function attack(random: Random, recordings: readonly Recording[]): Attack {
  const name = pick(Object.keys(makers), random)
  return { name, ...makers[name]!(random, recordings) }
}

/** What someone between two members sends in the place of the next authentic frame. `tags`: of that frame. */
export function injected(random: Random, tags: FrameTags, earlier: readonly Buffer[]): Attack {
  const frame = pick(messages, random)
  const authentic = (): Buffer => Buffer.concat([frame, tags.next(frame)])
  switch (below(5, random)) {
    case 0:
      return {
        name: 'injected: a frame with a guessed tag',
        bytes: Buffer.concat([frame, bytesOf(16, random)]),
        frames: 1,
      }
    case 1:
      return { name: 'injected: an earlier frame', bytes: pick(earlier, random), frames: 1 }
    case 2: {
      const bytes = authentic()
      const at = below(bytes.length, random)
      bytes[at] = bytes[at]! ^ (1 << below(8, random))
      return { name: 'injected: a changed frame', bytes, frames: 1 }
    }
    case 3:
      authentic()
      return { name: 'injected: the frame after a dropped one', bytes: authentic(), frames: 1 }
    default:
      return {
        name: 'injected: frames without tags',
        bytes: several(3, () => pick(messages, random)),
        frames: 3,
      }
  }
}

/** Messages of a client that has the secret, and whose program is wrong. */
export function nonsense(random: Random, tags: FrameTags): Attack {
  const count = 1 + below(20, random)
  const bytes = several(count, () => {
    const request = Buffer.from(pick(clientRequests, random))
    const frame = encodeClientMessage(random() < 0.2 ? request : mutated(request, random))
    return Buffer.concat([frame, tags.next(frame)])
  })
  return { name: 'a client that speaks nonsense', bytes, frames: count }
}

/** The dialler's part of a whole handshake as 'c', which knows the secret: an honest peer, to be attacked. */
export class HonestPeer {
  readonly hello: Buffer = encodeHello(ownHello(true, randomBytes(nonceBytes)))
  readonly #secret: Buffer
  #session: AuthenticatedSession | null = null

  constructor(secret: string) {
    this.#secret = Buffer.from(secret)
  }

  proof(answer: Buffer): Buffer {
    const [hello] = eachFrame(answer)
    const [session] = sessionsOf([this.#secret], this.hello.subarray(9), hello!.subarray(9))
    this.#session = session!
    return encodeProofs([session!.proofOf('dialler')])
  }

  /** After the proof of the other side: its authenticated Introduction, and the tags of what follows. */
  introduction(): { readonly bytes: Buffer; readonly tags: FrameTags } {
    return this.#introduce(introduction)
  }

  /** The same of a client. */
  clientIntroduction(): { readonly bytes: Buffer; readonly tags: FrameTags } {
    return this.#introduce(asClient)
  }

  #introduce(frame: Buffer): { readonly bytes: Buffer; readonly tags: FrameTags } {
    const tags = this.#session!.tagsOf('dialler')
    return { bytes: Buffer.concat([frame, tags.next(frame)]), tags }
  }
}

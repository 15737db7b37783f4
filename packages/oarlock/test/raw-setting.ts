// For tests: one member on TCP, and a peer that the test controls.

import { numbered, Station, to } from '@oarlock/testkit/conformance'
import { TcpTransport, type TcpTransportOptions } from '../src/transport/index.ts'
import { FrameKind } from '../src/wire/index.ts'
import { type RawPeer, RawServer, WarningLog } from './raw-peer.ts'

export interface RawSetting extends AsyncDisposable {
  readonly transport: TcpTransport
  readonly a: Station
  /** The server at the address of 'b'. */
  readonly b: RawServer
  readonly log: WarningLog
}

/** Opens member 'a', which listens on an IP address and dials a lost peer again at once. */
export async function setUp(
  options: Partial<TcpTransportOptions> = {},
  hostOfB = '127.0.0.1',
): Promise<RawSetting> {
  const log = new WarningLog()
  const b = new RawServer()
  const transport = new TcpTransport({
    id: 'a',
    listen: '127.0.0.1:0',
    peers: { b: (await b.open()).replace('127.0.0.1', hostOfB) },
    logger: log,
    retry: { first: 1, longest: 1 },
    ...options,
  })
  const a = new Station('a', transport)
  await a.open()
  return {
    transport,
    a,
    b,
    log,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([transport.close(), b.close()])
    },
  }
}

/** Both connections of a member that dialled. */
export interface Dialled {
  readonly control: RawPeer
  readonly bulk: RawPeer
}

/** The connections from 'a', once they are established. */
export async function connected(setting: RawSetting): Promise<Dialled> {
  const control = await setting.b.welcomed()
  await established(setting, control)
  return { control, bulk: await setting.b.next('bulk') }
}

/** Resolves when the connections from 'a' are established: when messages arrive at `peer`, for `control`. */
export async function established(setting: RawSetting, peer: RawPeer): Promise<void> {
  const timer = setInterval(() => setting.transport.send([to('b')(numbered(0))]), 1)
  const frame = await peer.spoken()
  clearInterval(timer)
  if (frame?.kind !== FrameKind.messages) throw new Error('closed instead of established')
}

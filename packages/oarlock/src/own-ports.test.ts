import { expect, it } from 'vitest'
import { TcpTransport } from './transport/index.ts'
import { DiskLogStore } from './wal/index.ts'

const good = { id: 'a', listen: ':0', peers: { a: 'h:1' } }

it.each([
  [{ id: '' }, "TcpTransport: id must be a string that is not empty, got ''"],
  [{ maxQueueByte: 1 }, "TcpTransport: unknown option 'maxQueueByte': did you mean 'maxQueueBytes'?"],
  [{ retry: { frist: 5 } }, "TcpTransport: retry: unknown option 'frist': did you mean 'first'?"],
  [{ maxHandshakes: 0 }, 'TcpTransport: maxHandshakes must be a whole number, 1 or above, got 0'],
  [
    { secret: 'short' },
    'TcpTransport: secret must be a string of at least 16 characters, or two of them: the new one, then the old one',
  ],
  [{ advertise: '' }, "TcpTransport: advertise must be a 'host:port', got ''"],
  [{ tls: {} }, 'TcpTransport: tls: key must be PEM (text or bytes) or the path of a file'],
  [{ linger: '100' }, "TcpTransport: linger: '100' is text: write the number 100"],
  [
    { peers: ['h:1'] },
    "TcpTransport: peers must be an object that maps each member's id to its 'host:port', got an array",
  ],
  [
    { retry: { first: 0 } },
    'TcpTransport: retry: first must be a number of milliseconds above 0 and at most 2147483647, got 0',
  ],
])('a TcpTransport refuses %o', (wrong, message) =>
  expect(() => new TcpTransport({ ...good, ...wrong } as typeof good)).toThrow(message),
)

it.each([
  [{ directory: '' }, "DiskLogStore: directory must be a string that is not empty, got ''"],
  [{ segmentByte: 1 }, "DiskLogStore: unknown option 'segmentByte': did you mean 'segmentBytes'?"],
  [{ preallocate: 'false' }, "DiskLogStore: preallocate: 'false' is text: write false without quotes"],
])('a DiskLogStore refuses %o', (wrong, message) => {
  const options = { directory: 'data', cluster: 'c', id: 'a', ...wrong }
  expect(() => new DiskLogStore(options as { directory: string; cluster: string; id: string })).toThrow(
    message,
  )
})

import { describe, expect, it } from 'vitest'
import { join } from '../join.ts'

const good = { id: 'a', peers: { a: '127.0.0.1:0' }, data: './data', isolate: true }
const codec = { encode: () => new Uint8Array(), decode: () => null }

describe('join with isolate', () => {
  it.each([
    [
      'neither true nor a URL',
      { isolate: 'yes' },
      /^isolate must be true, or the URL of a file that imports/,
    ],
    ['an unknown option', { isolates: true }, /^unknown option 'isolates': did you mean 'isolate'\?$/],
    [
      'a machine of this thread',
      { machine: { apply() {} } },
      /^machine: with isolate it runs in another thread/,
    ],
    ['a codec of this thread', { codec }, /^codec: with isolate .* export it as 'codec' from the module/],
    [
      'a clock of its own',
      { clock: { now: () => 0, at: () => () => {} } },
      /^clock: it cannot be used with isolate/,
    ],
    ['tls that cannot be copied', { tls: { key: () => '', cert: '', ca: '' } }, /tls: key must be PEM/],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(join({ ...good, ...wrong } as typeof good)).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringMatching(message),
    })
  })

  it('refuses the URL of a machine without it', async () => {
    const options = { ...good, isolate: false, machine: new URL('file:///machine.js') }
    await expect(join(options)).rejects.toThrow('machine: only with isolate it is the URL of a module')
  })
})

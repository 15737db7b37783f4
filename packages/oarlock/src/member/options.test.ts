import { describe, expect, it } from 'vitest'
import { join } from './join.ts'
import { resolveOptions } from './options.ts'

const peers = { a: '127.0.0.1:7401', b: '[::1]:7402' }
const good = { id: 'a', peers, data: './data' }

describe('options', () => {
  it('need no more than id, peers and data', () => {
    expect(resolveOptions(good)).toMatchObject({
      config: { id: 'a', electionTimeout: 500, heartbeatInterval: 100 },
      cluster: 'oarlock',
      listen: '127.0.0.1:7401',
      proposeTimeout: 5000,
      drainTimeout: 5000,
      shutdownSignals: ['SIGTERM', 'SIGINT'],
    })
  })

  it('derive what hangs on the election timeout', () => {
    expect(resolveOptions({ ...good, electionTimeout: 200 })).toMatchObject({
      config: { electionTimeout: 200, heartbeatInterval: 40 },
      proposeTimeout: 2000,
    })
  })

  const bad: [what: string, options: object, message: RegExp][] = [
    ['no id', { id: undefined }, /^id must be/],
    ['an empty id', { id: '' }, /^id must be/],
    ['an id that is no peer', { id: 'c' }, /^id 'c' is not one of peers \(a, b\)$/],
    ['an id that only the prototype has', { id: 'toString' }, /^id 'toString' is not one of peers/],
    ['no peers', { peers: undefined }, /^peers must map/],
    ['an address without a port', { peers: { a: 'host' } }, /^peers\['a'\]: 'host' is not an address/],
    [
      'an address that cannot be dialled',
      { peers: { a: '127.0.0.1:0' } },
      /^peers\['a'\]: .* no address to dial/,
    ],
    ['an address that is no text', { peers: { a: 7401 } }, /^peers\['a'\]: '7401' is not an address/],
    [
      'one address for two',
      { peers: { a: 'h:1', b: 'h:1' } },
      /^peers: 'a' and 'b' have the same address h:1$/,
    ],
    ['a bad address to listen on', { listen: '::1:7401' }, /^listen: .*brackets/],
    ['no data', { data: undefined }, /^data must be the directory/],
    ['an empty cluster', { cluster: '' }, /^cluster must be/],
    ['a time-out that is no number', { electionTimeout: Number.NaN }, /^electionTimeout must be/],
    ['a negative time-out', { electionTimeout: -1 }, /^electionTimeout must be/],
    [
      'heartbeats as slow as elections',
      { heartbeatInterval: 500 },
      /^heartbeatInterval \(500 ms\) must be below/,
    ],
    ['a priority that is none', { priority: 101 }, /^priority must be a whole number from 0 to 100/],
    ['a kind that is none', { kind: 'half' }, /^kind must be 'full' or 'witness', got 'half'$/],
    ['a purpose that is none', { purpose: '' }, /^purpose must be 'replication' or 'election'/],
    ['a witness with a state machine', { kind: 'witness', machine: {} }, /^machine: .*'witness' has none/],
    ['a machine where nothing is applied', { purpose: 'election', machine: {} }, /^machine: .*nothing/],
    ['a witness where there is no log', { kind: 'witness', purpose: 'election' }, /^witness: /],
    ['no time to propose', { proposeTimeout: 0 }, /^proposeTimeout must be/],
    ['a negative drain', { drainTimeout: -1 }, /^drainTimeout must be/],
    ['a signal that nobody can handle', { shutdownSignals: ['SIGKILL'] }, /^shutdownSignals: 'SIGKILL'/],
    ['a signal that is none', { shutdownSignals: ['SIGNAL'] }, /^shutdownSignals: 'SIGNAL'/],
  ]

  it.each(bad)('with %s are refused', async (_, options, message) => {
    const refusal = join({ ...good, ...options } as typeof good)
    await expect(refusal).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringMatching(message),
    })
  })
})

import { describe, expect, it } from 'vitest'
import { join } from './join.ts'
import { resolveOptions } from './options.ts'

const peers = { a: '127.0.0.1:7401', b: '[::1]:7402' }
const good = { id: 'a', peers, data: './data' }
const joins = { peers: undefined, seeds: ['127.0.0.1:7401'], listen: '127.0.0.1:7404' }

describe('options', () => {
  it('need only id, peers and data', () => {
    expect(resolveOptions(good)).toMatchObject({
      config: { id: 'a', electionTimeout: 500, heartbeatInterval: 100 },
      cluster: 'oarlock',
      listen: '127.0.0.1:7401',
      proposeTimeout: 5000,
      readTimeout: 5000,
      drainTimeout: 5000,
      snapshots: {
        policy: { everyBytes: 64 * 1024 * 1024, everyEntries: Number.POSITIVE_INFINITY, kept: 2 },
        limits: { bytesPerSecond: 32 * 1024 * 1024, retryAfter: 750 },
      },
      shutdownSignals: ['SIGTERM', 'SIGINT'],
    })
  })

  it('of a process that joins need an address of its own, and no peers', () => {
    const joining = { id: 'd', seeds: ['a.example:7401', '[::1]:7402'], data: './data' }
    expect(resolveOptions({ ...joining, listen: '127.0.0.1:7404', rejoin: 'replace' })).toMatchObject({
      founders: [],
      seeds: joining.seeds,
      joins: { as: 'voter', replaces: true },
      admission: 'open',
      addresses: { d: '127.0.0.1:7404' },
      config: { witness: false },
    })
    expect(resolveOptions({ ...joining, advertise: 'd.example:7404', as: 'witness' })).toMatchObject({
      listen: 'd.example:7404',
      addresses: {},
      joins: { as: 'voter', replaces: false },
      config: { witness: true },
    })
    expect(resolveOptions({ ...joining, listen: '127.0.0.1:0', as: 'learner' })).toMatchObject({
      addresses: {},
      joins: { as: 'learner' },
    })
  })

  it('derive other times from the election timeout', () => {
    expect(resolveOptions({ ...good, electionTimeout: 200 })).toMatchObject({
      config: { electionTimeout: 200, heartbeatInterval: 40 },
      proposeTimeout: 2000,
      readTimeout: 2000,
    })
  })

  it.each(['büro-pc:7401', 'api_1:7401', 'xn--bro-pc-n2a:7401'])('take the host of %s', (address) => {
    expect(resolveOptions({ ...good, peers: { a: address } })).toMatchObject({ listen: address })
  })

  it('take a number without an end for the times that only end a wait', () => {
    const endless = { proposeTimeout: Infinity, readTimeout: Infinity, drainTimeout: Infinity }
    expect(resolveOptions({ ...good, ...endless })).toMatchObject(endless)
  })

  const bad: [what: string, options: object, message: RegExp][] = [
    ['no id', { id: undefined }, /^id must be/],
    ['another way to rejoin', { rejoin: true }, /^rejoin must be 'replace', got true$/],
    ['a backup without a name', { restore: '' }, /^restore must be the file of a backup/],
    ['a backup that is no file', { restore: true }, /^restore must be the file of a backup/],
    [
      'a backup for a machine without snapshots',
      { restore: 'x', machine: { apply() {} } },
      /^restore: the machine needs snapshots/,
    ],
    ['a backup for elections', { restore: 'x', purpose: 'election' }, /^restore: a cluster with purpose/],
    [
      'a backup for a log store of your own',
      { restore: 'x', logStore: { open() {}, write() {}, recordPeers() {}, close() {} } },
      /^restore: it has no effect on a log store of your own/,
    ],
    ['an empty id', { id: '' }, /^id must be/],
    ['an id that is not a key of peers', { id: 'c' }, /^id 'c' is not one of peers, which are a, b$/],
    ['an id that only the prototype has', { id: 'toString' }, /^id 'toString' is not one of peers/],
    [
      'no peers',
      { peers: undefined },
      /^peers or seeds must be given: peers to found a cluster, seeds to join one that runs/,
    ],
    ['peers and seeds', { seeds: ['h:1'] }, /^peers and seeds: .* leave out one of them$/],
    [
      'seeds that are a string',
      { ...joins, seeds: 'h:1' },
      /^seeds must be a list of one or more 'host:port'/,
    ],
    ['a seed that is no string', { ...joins, seeds: [7401] }, /^seeds\[0\] must be a 'host:port', got 7401$/],
    ['no seed', { ...joins, seeds: [] }, /^seeds must have the 'host:port' of at least one member$/],
    ['a seed without a port', { ...joins, seeds: ['h:1', 'h'] }, /^seeds\[1\]: 'h' is not an address/],
    [
      'a seed that cannot be dialled',
      { ...joins, seeds: [':7401'] },
      /^seeds\[0\]: ':7401' cannot be dialled/,
    ],
    [
      'seeds and no address',
      { ...joins, listen: undefined },
      /^listen must be this member's 'host:port' with seeds/,
    ],
    [
      'seeds and every interface',
      { ...joins, listen: ':7404' },
      /^advertise must be .*':7404' is every interface/,
    ],
    [
      'seeds and IPv6 wildcard',
      { ...joins, listen: '[::]:7404' },
      /^advertise must be .* is every interface/,
    ],
    ['seeds and restore', { ...joins, restore: './b' }, /^restore: it has no effect with seeds/],
    ['seeds and founding', { ...joins, founding: 'majority' }, /^founding: it has no effect with seeds/],
    ['peers and as', { as: 'learner' }, /^as: it has no effect with peers/],
    ['another role', { ...joins, as: 'king' }, /^as must be 'voter' or 'learner' or 'witness', got 'king'$/],
    ['two kinds', { ...joins, as: 'learner', kind: 'witness' }, /^as 'learner' and kind 'witness': /],
    ['another admission', { admission: 'closed' }, /^admission must be 'open' or 'operator', got 'closed'$/],
    [
      'seeds and a transport that cannot ask them',
      { ...joins, transport: { open() {}, send() {}, close() {} } },
      /^seeds: this transport has no method 'seek'/,
    ],
    ['an address without a port', { peers: { a: 'host' } }, /^peers\['a'\]: 'host' is not an address/],
    [
      'an address that cannot be dialled',
      { peers: { a: '127.0.0.1:0', b: '127.0.0.1:0' } },
      /^peers\['b'\]: .* cannot be dialled/,
    ],
    [
      'an address that is not a string',
      { peers: { a: 7401 } },
      /^peers\['a'\] must be a 'host:port', got 7401$/,
    ],
    ['peers as an array', { peers: ['h:1'] }, /^peers must be an object that maps .*, got an array$/],
    [
      'a misspelt option',
      { electionTimout: 9 },
      /^unknown option 'electionTimout': did you mean 'electionTimeout'\?$/,
    ],
    [
      'a time of zero to read in',
      { readTimeout: 0 },
      /^readTimeout must be a number of milliseconds above 0, got 0$/,
    ],
    [
      'a short history of the store',
      { store: { history: 10 } },
      /^store: history must be a number of milliseconds, 1000 or above, got 10$/,
    ],
    [
      'a store without room for a value',
      { store: { maxBytes: 1024 } },
      /^store: maxBytes must be a whole number of bytes, 8388608 or above, got 1024$/,
    ],
    ['a store without keys', { store: { maxKeys: 0 } }, /^store: maxKeys must be a whole number, 1 or above/],
    ['half a lease', { store: { maxLeases: 0.5 } }, /^store: maxLeases must be a whole number, 1 or above/],
    ['an unknown limit', { store: { maxWatches: 3 } }, /^store: unknown option 'maxWatches'/],
    ['a time as text', { drainTimeout: '5000' }, /^drainTimeout: '5000' is text: write the number 5000$/],
    [
      'a logger without its methods',
      { logger: { info() {} } },
      /^logger must be an object with the methods debug, info/,
    ],
    [
      'a log store without its methods',
      { logStore: {} },
      /^logStore must be a log store: it has no method open$/,
    ],
    ['snapshots that are no object', { snapshots: 64 }, /^snapshots: the options must be an object, got 64$/],
    [
      'an unknown option of snapshots',
      { snapshots: { everyByte: 1e6 } },
      /^snapshots: unknown option 'everyByte': did you mean 'everyBytes'\?$/,
    ],
    [
      'snapshots after a few bytes',
      { snapshots: { everyBytes: 100 } },
      /^snapshots: everyBytes must be a number of bytes, 4096 or above, got 100$/,
    ],
    [
      'snapshots after no entry',
      { snapshots: { everyEntries: 0 } },
      /^snapshots: everyEntries must be a number of entries, 1 or above, got 0$/,
    ],
    [
      'snapshots at no rate',
      { snapshots: { bytesPerSecond: Number.NaN } },
      /^snapshots: bytesPerSecond must be a number of bytes, 4096 or above, got NaN$/,
    ],
    [
      'snapshots without a format',
      { machine: { apply() {}, snapshots: { take() {}, restore() {} } } },
      /^machine.snapshots.format must be/,
    ],
    [
      'snapshots without take',
      { machine: { apply() {}, snapshots: { format: 1, restore() {} } } },
      /^machine.snapshots must be .*: it has no method take$/,
    ],
    ['an async state machine', { machine: { apply: async () => {} } }, /^machine.apply is an async function/],
    ['an async codec', { codec: { async encode() {}, decode() {} } }, /^codec.encode is an async function/],
    [
      'one address for two members',
      { peers: { a: 'h:1', b: 'h:1' } },
      /^peers: 'a' and 'b' have the same address h:1$/,
    ],
    ['a bad address to listen on', { listen: '::1:7401' }, /^listen: .*brackets/],
    ['tls without a key', { tls: { cert: 'c', ca: 'a' } }, /^tls: key must be PEM \(text or bytes\) or/],
    [
      'a key that is no text',
      { tls: { key: 5, cert: 'c', ca: 'a' } },
      /^tls: key must be PEM \(text or bytes\) or the path of a file$/,
    ],
    ['no authorities', { tls: { key: 'k', cert: 'c', ca: [] } }, /^tls: ca must be PEM/],
    [
      'unknown names',
      { tls: { key: 'k', cert: 'c', ca: 'a', names: 'all' } },
      /^tls: names must be 'any' or 'id', got 'all'$/,
    ],
    [
      'a reload interval of nothing',
      { tls: { key: 'k', cert: 'c', ca: 'a', reloadInterval: 0 } },
      /^tls: reloadInterval must be/,
    ],
    [
      'tls and a transport',
      { tls: { key: 'k', cert: 'c', ca: 'a' }, transport: { open() {}, send() {}, close() {} } },
      /^tls: it has no effect on a transport of your own/,
    ],
    ['a short secret', { secret: 'password' }, /^secret must be a string of at least 16 characters, or two/],
    ['three secrets', { secret: Array(3).fill('0123456789abcdef') }, /^secret must be .*, then the old one$/],
    ['a secret that is no text', { secret: 5 }, /^secret must be a string of at least 16 characters/],
    ['an address to advertise without a port', { advertise: 'host' }, /^advertise: 'host' is not an address/],
    [
      'an address to advertise that cannot be dialled',
      { advertise: ':7401' },
      /^advertise: ':7401' cannot be dialled/,
    ],
    [
      'a secret and a transport',
      { secret: '0123456789abcdef', transport: { open() {}, send() {}, close() {} } },
      /^secret: it has no effect on a transport of your own/,
    ],
    ['no data', { data: undefined }, /^data must be the directory/],
    ['an empty cluster', { cluster: '' }, /^cluster must be/],
    ['an electionTimeout that is not a number', { electionTimeout: Number.NaN }, /^electionTimeout must be/],
    ['a negative electionTimeout', { electionTimeout: -1 }, /^electionTimeout must be/],
    [
      'heartbeats as slow as elections',
      { heartbeatInterval: 500 },
      /^heartbeatInterval \(500 ms\) must be below the lease \(454\.5 ms\)$/,
    ],
    ['an impossible priority', { priority: 101 }, /^priority must be a whole number from 0 to 100/],
    ['an unknown kind', { kind: 'half' }, /^kind must be 'full' or 'witness', got 'half'$/],
    ['an unknown purpose', { purpose: '' }, /^purpose must be 'replication' or 'election'/],
    [
      'a witness with a state machine',
      { kind: 'witness', machine: { apply() {} } },
      /^machine: .*'witness' applies nothing/,
    ],
    [
      'a machine in a cluster that only elects',
      { purpose: 'election', machine: { apply() {} } },
      /^machine: .*nothing/,
    ],
    ['a witness in a cluster that only elects', { kind: 'witness', purpose: 'election' }, /^witness /],
    ['no time to propose', { proposeTimeout: 0 }, /^proposeTimeout must be/],
    ['a negative drain', { drainTimeout: -1 }, /^drainTimeout must be/],
    [
      'a signal that cannot be handled',
      { shutdownSignals: ['SIGKILL'] },
      /^shutdownSignals\[0\] must be a signal .*'SIGKILL'$/,
    ],
    [
      'an unknown signal',
      { shutdownSignals: ['SIGNAL'] },
      /^shutdownSignals\[0\] must be a signal .*'SIGNAL'$/,
    ],
  ]

  it.each(bad)('with %s are refused', async (_, options, message) => {
    const refusal = join({ ...good, ...options } as typeof good)
    await expect(refusal).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringMatching(message),
    })
  })
})

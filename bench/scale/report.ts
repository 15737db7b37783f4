// The figures as a table, and the bars.
import type { Bar } from '../part.ts'
import type { Memory } from '../store/protocol.ts'
import { decimal, short, table, whole } from '../table.ts'
import type { Measured } from './contender.ts'
import type { Sizes } from './flags.ts'

const MIB = 2 ** 20
/** A process renews its leases three times in their time to live. Over a follower that takes a message and an answer. */
const renewalsInTtl = 3
const messagesOfRenewal = 2
/** Of the time to live: the leader counts a tenth longer, and then the keys are deleted. */
const mostOfTtl = 1.5

/** The growth of the member that has grown the most, for each of `count`. */
function growth(
  after: readonly Memory[],
  before: readonly Memory[],
  of: keyof Memory,
  count: number,
): number {
  return Math.max(...after.map((memory, at) => memory[of] - before[at]![of])) / count
}

type Row = readonly [what: string, figure: (measured: Measured) => string]

function rows({ leases, keysOfEach, ttl, watchers }: Sizes): Row[] {
  const keys = leases * keysOfEach
  const largest = (all: readonly Memory[]) => Math.max(...all.map(({ resident }) => resident))
  return [
    [
      'memory of a lease, bytes: heap and buffers',
      ({ memory }) => whole(growth(memory.withLeases, memory.before, 'used', leases)),
    ],
    [
      'memory of a lease, bytes: resident',
      ({ memory }) => whole(growth(memory.withLeases, memory.before, 'resident', leases)),
    ],
    [
      'memory of a key, bytes: heap and buffers',
      ({ memory }) => whole(growth(memory.withKeys, memory.withLeases, 'used', keys)),
    ],
    [
      'memory of a key, bytes: resident',
      ({ memory }) => whole(growth(memory.withKeys, memory.withLeases, 'resident', keys)),
    ],
    ['resident memory of the largest member, MiB', ({ memory }) => whole(largest(memory.withKeys) / MIB)],
    [
      'idle, from member to member, messages/s: without leases → with',
      ({ idle }) => `${short(idle.before.members.messages)} → ${short(idle.withLeases.members.messages)}`,
    ],
    [
      'idle, from member to member, bytes/s',
      ({ idle }) => `${whole(idle.before.members.bytes)} → ${whole(idle.withLeases.members.bytes)}`,
    ],
    [
      'idle, from the holders, messages/s',
      ({ idle }) => `${short(idle.before.clients.messages)} → ${short(idle.withLeases.clients.messages)}`,
    ],
    [
      'idle, from the holders, bytes/s',
      ({ idle }) => `${whole(idle.before.clients.bytes)} → ${whole(idle.withLeases.clients.bytes)}`,
    ],
    ['a snapshot, MiB', ({ snapshot }) => decimal(snapshot.bytes / MIB, 1)],
    ['a snapshot, s', ({ snapshot }) => decimal(snapshot.took / 1000, 2)],
    ['a member started again has all keys after, s', ({ restart }) => decimal(restart / 1000, 2)],
    [`${whole(watchers)} watchers, events/s`, ({ watch }) => whole(watch.throughput)],
    [
      'from a put until the last watcher has seen it, ms: p50, p99',
      ({ watch }) => `${decimal(watch.p50 / 1000, 1)}, ${decimal(watch.p99 / 1000, 1)}`,
    ],
    [`all keys are gone after the holders, of leases of ${ttl} s, s`, ({ gone }) => decimal(gone / 1000, 1)],
  ]
}

export function reportOf(sizes: Sizes, all: readonly Measured[]): string {
  const { leases, keysOfEach, holders } = sizes
  const about = [
    `${whole(leases * keysOfEach)} keys with ${whole(leases)} leases, held by ${holders} processes, on three members on this machine.`,
    'Values have 100 bytes. Memory is that of the member that has grown the most; of Oarlock after a collection of garbage, and with the log of the puts.',
    'The holders of Oarlock are clients of `connect`, and those of etcd use its client in Go. etcd does not count the messages of its members.',
  ].join(' ')
  const shown = rows(sizes).map(([what, figure]) => [what, ...all.map(figure)])
  return `${about}\n\n${table(['', ...all.map(({ name }) => name)], shown)}`
}

export function barsOf({ leases, keysOfEach, holders, ttl }: Sizes, { idle, keys, gone }: Measured): Bar[] {
  const renewals = (holders * renewalsInTtl) / ttl
  const between = idle.withLeases.members.messages
  const mostBetween = 1.2 * idle.before.members.messages + messagesOfRenewal * renewals
  const fromHolders = idle.withLeases.clients.messages
  const mostFromHolders = 1.2 * idle.before.clients.messages + 1.2 * renewals
  return [
    {
      what: 'idle, from member to member: at most 1.2 × the messages without leases, and the renewals of each process',
      measured: `${short(between)} of ${short(mostBetween)} messages/s`,
      reached: between <= mostBetween,
    },
    {
      what: 'idle, from the holders: the same',
      measured: `${short(fromHolders)} of ${short(mostFromHolders)} messages/s`,
      reached: fromHolders <= mostFromHolders,
    },
    {
      what: 'no lease has ended while its holder ran',
      measured: `${whole(keys)} of ${whole(leases * keysOfEach)} keys`,
      reached: keys === leases * keysOfEach,
    },
    {
      what: `all keys are gone within ${mostOfTtl} × the time to live after their holders`,
      measured: `${decimal(gone / 1000 / ttl, 2)} ×`,
      reached: gone <= mostOfTtl * ttl * 1000,
    },
  ]
}

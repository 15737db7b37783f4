// Members with snapshots, over a network and logs in memory.
import type { LogReader } from '@oarlock/core'
import { until } from '@oarlock/test-support/event'
import { HurriedClock } from '@oarlock/test-support/hurried-clock'
import { describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { inPieces, ListMachine } from '../../test/list-machine.ts'
import { type LogStore, MemoryLogStore } from '../index.ts'

interface Setting {
  readonly machines: Map<string, ListMachine>
  readonly stores: Map<string, MemoryLogStore>
  readonly logs: Map<string, LogReader>
  readonly cluster: Cluster<string, number>
}

const logger = () => ({ debug() {}, info: vi.fn(), warn: vi.fn(), error: vi.fn() })

/** Each start of a member has a new machine, on the same log. */
function membersWith(
  size: number,
  {
    everyEntries = 10,
    machine = () => new ListMachine(),
    store = (own: MemoryLogStore): LogStore => own,
    log = logger(),
    witness = '',
    without = (): string => '',
    clock = undefined as HurriedClock | undefined,
  } = {},
): Setting {
  const machines = new Map<string, ListMachine>()
  const stores = new Map<string, MemoryLogStore>()
  const logs = new Map<string, LogReader>()
  const cluster = new Cluster<string, number>(size, (id) => {
    const own = stores.get(id) ?? storeRecording((log) => logs.set(id, log))
    const made = machine()
    stores.set(id, own)
    machines.set(id, made)
    const clocked = clock === undefined ? {} : { clock }
    const common = { snapshots: { everyEntries }, logStore: store(own), logger: log, ...clocked }
    if (id === without()) return { ...common, machine: { apply: (command: string) => command.length } }
    return id === witness ? { ...common, kind: 'witness' as const } : { ...common, machine: made }
  })
  return { machines, stores, logs, cluster }
}

function storeRecording(opened: (log: LogReader) => void): MemoryLogStore {
  const store = new MemoryLogStore()
  const open = store.open.bind(store)
  store.open = async () => {
    const contents = await open()
    opened(contents.log)
    return contents
  }
  return store
}

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `command ${from + n}`)

async function proposeAll(cluster: Cluster<string, number>, commands: readonly string[]): Promise<void> {
  const { member } = await cluster.leading()
  for (const command of commands) await member.propose(command)
}

describe('a member', () => {
  it('takes snapshots by itself, keeps two, and the log from the older one on', async () => {
    const { cluster, stores, logs } = membersWith(1)
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 60))
    const { snapshots } = stores.get('a')!
    await until(() => snapshots.stored.length === 2 && snapshots.stored[1]!.meta.index > 20)
    const [log, { stored }] = [logs.get('a')!, snapshots]
    await until(() => log.firstIndex > 20)
    expect(log.snapshot).toEqual(stored[1]!.meta)
    expect(log.firstIndex).toBe(stored[1]!.meta.index + 1)
  })

  it('starts from its snapshot, and applies only what came after it', async () => {
    const { cluster, stores, machines } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 30))
    const info = await cluster.member('a').snapshot()
    expect(info).toMatchObject({ index: 31, term: 1 })
    await proposeAll(cluster, texts(31, 35))
    await cluster.member('a').close()
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
    const machine = machines.get('a')!
    expect(machine.items).toEqual([...texts(1, 35), 'last'])
    expect([machine.restored, machine.applied]).toEqual([1, 6])
    expect(stores.get('a')!.snapshots.stored).toHaveLength(1)
  })

  it('says in the log how far its start is', async () => {
    const clock = new HurriedClock()
    const log = logger()
    let isStarting = false
    /** Everything that it does at the start takes seconds. */
    class SlowMachine extends ListMachine {
      constructor() {
        super({ takes: (bytes) => inPieces(bytes, 50_000) })
        const { restore } = this.snapshots
        const slow = async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            clock.hurry(2000)
            yield chunk
          }
        }
        Object.assign(this.snapshots, {
          restore: (chunks: AsyncIterable<Uint8Array>) => restore(slow(chunks), 1),
        })
      }
      override apply(command: string): number {
        if (isStarting) clock.hurry(3000)
        return super.apply(command)
      }
    }
    const { cluster } = membersWith(1, { everyEntries: 1000, log, machine: () => new SlowMachine(), clock })
    await using _ = await cluster.start()
    await proposeAll(
      cluster,
      texts(1, 10).map((text) => text.repeat(10_000)),
    )
    await cluster.member('a').snapshot()
    await proposeAll(cluster, texts(11, 20))
    await cluster.member('a').close()
    log.info.mockClear()
    isStarting = true
    await cluster.start('a')
    const said = (message: string) => log.info.mock.calls.filter((call) => call[1] === message)
    await until(() => said('the log is replayed').length > 0)
    const percents = (message: string) => said(message).map(([facts]) => facts.percent)
    expect(percents('the state machine is being restored from a snapshot')).toContainEqual(expect.any(Number))
    expect(percents('the log is being replayed')).toContainEqual(expect.any(Number))
    expect(said('the log is replayed').map(([facts]) => facts.entries)).toEqual([10])
  })

  it('takes no second snapshot of the same state, and none that is older than the call', async () => {
    const { cluster } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    const member = cluster.member('a')
    await proposeAll(cluster, texts(1, 5))
    const first = await member.snapshot()
    expect(await member.snapshot()).toEqual(first)
    const [one, , two] = await Promise.all([member.snapshot(), member.propose('x'), member.snapshot()])
    expect(one.index).toBeGreaterThanOrEqual(first.index)
    expect((await member.snapshot()).index).toBe(first.index + 1)
    expect(two.index).toBeLessThanOrEqual(first.index + 1)
  })

  it('fixes the view when a snapshot begins, and applies on while it is written', async () => {
    const { cluster, machines } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    const member = cluster.member('a')
    await proposeAll(cluster, texts(1, 20))
    const taking = member.snapshot()
    await Promise.all(texts(21, 30).map((command) => member.propose(command)))
    await taking
    await member.close()
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
    expect(machines.get('a')!.items).toEqual([...texts(1, 30), 'last'])
  })

  it('whose machine cannot be written keeps its log, says so, and goes on', async () => {
    const log = logger()
    const { cluster } = membersWith(1, {
      log,
      everyEntries: 1000,
      machine: () =>
        new ListMachine({
          // biome-ignore lint/correctness/useYield: it throws first
          takes: async function* () {
            throw new Error('out of memory')
          },
        }),
    })
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 5))
    await expect(cluster.member('a').snapshot()).rejects.toMatchObject({
      code: 'OARLOCK_SNAPSHOT_FAILED',
      message: expect.stringContaining('out of memory'),
    })
    expect(log.warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('could not be taken'))
    expect(await cluster.member('a').propose('next')).toBe(6)
  })

  it('uses the older snapshot and the log if the newest is damaged', async () => {
    const { cluster, stores, machines } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    const member = cluster.member('a')
    await proposeAll(cluster, texts(1, 10))
    await member.snapshot()
    await proposeAll(cluster, texts(11, 20))
    const newest = await member.snapshot()
    await proposeAll(cluster, texts(21, 25))
    await member.close()
    damage(stores.get('a')!, newest.index)
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
    expect(machines.get('a')!.items).toEqual([...texts(1, 25), 'last'])
    await until(() => stores.get('a')!.snapshots.stored.every(({ meta }) => meta.index !== newest.index))
  })

  it('replays the whole log if its only snapshot is damaged', async () => {
    const { cluster, stores, machines } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 10))
    const { index } = await cluster.member('a').snapshot()
    await cluster.member('a').close()
    damage(stores.get('a')!, index)
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
    expect(machines.get('a')!.items).toEqual([...texts(1, 10), 'last'])
    expect(machines.get('a')!.restored).toBe(0)
  })

  it('replays the whole log if each of its snapshots is damaged, and the log was not cut yet', async () => {
    const { cluster, stores, machines, logs } = membersWith(1, { everyEntries: 1000 })
    await using _ = await cluster.start()
    const store = stores.get('a')!
    // The log is cut when the second one is there.
    store.compact = () => new Promise(() => {})
    for (const last of [10, 20]) {
      await proposeAll(cluster, texts(last - 9, last))
      await cluster.member('a').snapshot()
    }
    await cluster.member('a').close()
    const places = store.snapshots.stored.map(({ meta }) => meta.index)
    expect([places.length, logs.get('a')!.firstIndex]).toEqual([2, 1])
    for (const index of places) damage(store, index)
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
    expect(machines.get('a')!.items).toEqual([...texts(1, 20), 'last'])
    expect(machines.get('a')!.restored).toBe(0)
  })

  it('refuses a snapshot of a newer format than its machine knows, and changes nothing', async () => {
    let format = 2
    const { cluster, stores } = membersWith(1, { machine: () => new ListMachine({ format }) })
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 40))
    await cluster.member('a').close()
    const before = stores.get('a')!.snapshots.stored
    format = 1
    await cluster.start('a')
    const closed = await cluster.member('a').closed.catch((error: unknown) => error)
    expect(closed).toMatchObject({
      code: 'OARLOCK_SNAPSHOT_FORMAT',
      message: expect.stringMatching(/'machine' has format 2, .* knows formats up to 1/),
    })
    expect(stores.get('a')!.snapshots.stored).toEqual(before)
    format = 2
    await cluster.start('a')
    await proposeAll(cluster, ['last'])
  })

  it('without snapshots keeps its log, and refuses to take one', async () => {
    const cluster = new Cluster<string, number>(1, () => ({ machine: { apply: () => 1 } }))
    await using _ = await cluster.start()
    await expect(cluster.member('a').snapshot()).rejects.toMatchObject({ code: 'OARLOCK_NO_SNAPSHOTS' })
  })

  it('does not start on a log that begins with a snapshot if its machine has none', async () => {
    const { cluster, stores, logs } = membersWith(1)
    await using _ = await cluster.start()
    await proposeAll(cluster, texts(1, 60))
    await until(() => logs.get('a')!.snapshot !== null)
    await cluster.member('a').close()
    const other = new Cluster<string, number>(1, () => ({
      machine: { apply: () => 1 },
      logStore: stores.get('a')!,
    }))
    await expect(other.start()).rejects.toMatchObject({ code: 'OARLOCK_INVALID_OPTIONS' })
  })
})

describe('a member that was away while the log was cut', () => {
  it('receives the snapshot, installs it, and goes on', async () => {
    const { cluster, machines, logs } = membersWith(3)
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    const [away, present] = cluster.others(member).map(({ id }) => id) as [string, string]
    await member.propose('first')
    await cluster.member(away).close()
    // A member that was heard a moment ago is waited for.
    const commands: string[] = []
    while (logs.get(member.id)!.firstIndex < 40) {
      commands.push(`command ${commands.length}`)
      await member.propose(commands.at(-1)!)
    }
    await cluster.start(away)
    await until(() => machines.get(away)!.items.length === 1 + commands.length)
    expect(machines.get(away)!.restored).toBeGreaterThan(0)
    expect(machines.get(away)!.items).toEqual(machines.get(present)!.items)
    await cluster.leading()
  })
})

describe('a member whose program is older than the snapshot that it is sent', () => {
  it('stops, and its data stays as it was, so that the newer program goes on with it', async () => {
    const formats = new Map<string, number>()
    let newFor = ''
    const { cluster, machines, logs, stores } = membersWith(3, {
      machine: () => new ListMachine({ format: formats.get(newFor) ?? 2 }),
    })
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    const [away] = cluster.others(member).map(({ id }) => id) as [string]
    await cluster.member(away).close()
    let count = 0
    while (logs.get(member.id)!.firstIndex < 40) await member.propose(`command ${count++}`)
    const before = { first: logs.get(away)!.firstIndex, last: logs.get(away)!.lastIndex }
    newFor = away
    formats.set(away, 1)
    await cluster.start(away)
    await expect(cluster.member(away).closed).rejects.toMatchObject({ code: 'OARLOCK_SNAPSHOT_FORMAT' })
    expect({ first: logs.get(away)!.firstIndex, last: logs.get(away)!.lastIndex }).toEqual(before)
    expect(stores.get(away)!.snapshots.stored).toEqual([])
    formats.set(away, 2)
    await cluster.start(away)
    await until(() => machines.get(away)!.items.length === count)
  })
})

describe('a member whose machine has no snapshots', () => {
  it('says that it cannot catch up when the others have cut their logs', async () => {
    const log = logger()
    let without = ''
    const { cluster, logs } = membersWith(3, { log, without: () => without })
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    const [away] = cluster.others(member).map(({ id }) => id) as [string]
    await cluster.member(away).close()
    let count = 0
    while (logs.get(member.id)!.firstIndex < 40) await member.propose(`command ${count++}`)
    without = away
    await cluster.start(away)
    await until(() => log.error.mock.calls.length > 0)
    expect(log.error.mock.calls[0]![1]).toMatch(
      new RegExp(`^'${away}' cannot catch up: '[abc]' has cut its log and offers a snapshot`),
    )
  })
})

describe('a witness', () => {
  it('cuts its log without a state, and catches up without the bytes of a snapshot', async () => {
    const { cluster, logs, stores } = membersWith(3, { witness: 'c' })
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    let count = 0
    const long = 'x'.repeat(200)
    while (logs.get('c')!.firstIndex < 30) await member.propose(`command ${count++} ${long}`)
    for (const { size } of stores.get('c')!.snapshots.stored) expect(size).toBeLessThan(1000)
    // The other ones are as long as the state is. This one may have cut its log before them.
    const { snapshots } = stores.get(member.id)!
    await until(() => (snapshots.stored[0]?.size ?? 0) > 2000)
    await cluster.member('c').close()
    const others = cluster.members.filter(({ id }) => id !== 'c')
    const upTo = logs.get('c')!.lastIndex + 40
    while (logs.get(member.id)!.firstIndex < upTo) await member.propose(`command ${count++}`)
    await cluster.start('c')
    await until(() => logs.get('c')!.firstIndex >= upTo)
    expect(others).toHaveLength(2)
  })
})

/** From now on the blocks of this snapshot are unreadable. */
function damage({ snapshots }: MemoryLogStore, index: number): void {
  const read = snapshots.read.bind(snapshots)
  snapshots.read = async (snapshot, offset, length) => {
    if (snapshot.meta.index !== index) return read(snapshot, offset, length)
    const { SnapshotDamagedError } = await import('../index.ts')
    throw new SnapshotDamagedError('a block is damaged')
  }
}

// Members on real disks, of which one loses every byte of its state and keeps its log.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LogReader } from '@oarlock/core'
import { until } from '@oarlock/test-support/event'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import { type DiskLogStore, DiskLogStore as Store } from '../wal/index.ts'

const root = mkdtempSync(path.join(tmpdir(), 'oarlock-from-peers-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let clusters = 0

class Members {
  readonly machines = new Map<string, ListMachine>()
  readonly logs = new Map<string, LogReader>()
  readonly stores = new Map<string, DiskLogStore>()
  readonly warn = vi.fn<(fields: object, message: string) => void>()
  readonly error = vi.fn<(fields: object, message: string) => void>()
  readonly cluster: Cluster<string, number>
  readonly #directory = path.join(root, String(++clusters))
  proposed = 0

  constructor(
    size: number,
    { everyEntries = (_id: string): number => 10, bytesPerSecond = 1e9, witness = '' } = {},
  ) {
    this.cluster = new Cluster<string, number>(size, (id) => {
      const machine = new ListMachine()
      this.machines.set(id, machine)
      return {
        ...(id === witness ? { kind: 'witness' as const } : { machine }),
        snapshots: { everyEntries: everyEntries(id), bytesPerSecond },
        logStore: this.#store(id),
        logger: { debug() {}, info() {}, warn: this.warn, error: this.error },
      }
    })
  }

  directory(id: string): string {
    return path.join(this.#directory, id)
  }

  #store(id: string): DiskLogStore {
    const { warn, error } = this
    const store = new Store({
      directory: this.directory(id),
      cluster: 'from-peers',
      id,
      segmentBytes: 64 * 1024,
      preallocate: false,
      logger: { debug() {}, info() {}, warn, error },
    })
    const open = store.open.bind(store)
    store.open = async () => {
      const opened = await open()
      this.logs.set(id, opened.log)
      return opened
    }
    this.stores.set(id, store)
    return store
  }

  async propose(count = 1): Promise<void> {
    for (; count > 0; count--) {
      const { member } = await this.cluster.leading()
      await member.propose(`command ${++this.proposed}`)
    }
  }

  /** Until the log of this one begins with its second snapshot at least. */
  async proposeUntilCut(id: string): Promise<void> {
    const { member } = await this.cluster.leading()
    do await member.propose(`command ${++this.proposed}`)
    while (this.logs.get(id)!.firstIndex < 20)
  }

  get expected(): string[] {
    return Array.from({ length: this.proposed }, (_, at) => `command ${at + 1}`)
  }

  /** Until its machine has everything that was proposed so far. */
  async hasAll(id: string): Promise<void> {
    const { expected } = this
    await until(() => this.machines.get(id)!.items.length >= expected.length)
    expect(this.machines.get(id)!.items.slice(0, expected.length)).toEqual(expected)
  }

  /** Changes every snapshot file of a member that is closed. Returns how many there were. */
  damage(id: string, change: (bytes: Uint8Array) => Uint8Array | null): number {
    const names = readdirSync(this.directory(id)).filter((name) => name.endsWith('.snapshot'))
    for (const name of names) {
      const file = path.join(this.directory(id), name)
      const bytes = change(readFileSync(file))
      if (bytes === null) rmSync(file)
      else writeFileSync(file, bytes)
    }
    return names.length
  }

  /** The warnings about members that ask for a snapshot. */
  get askings(): string[] {
    return this.warn.mock.calls
      .map(([, message]) => message)
      .filter((message) => message.includes('asks its'))
  }
}

function inABlock(bytes: Uint8Array): Uint8Array {
  // Behind the blocks there are 48 bytes with the digest.
  bytes[bytes.length - 60]! ^= 1
  return bytes
}

describe('a member whose snapshots are all damaged', () => {
  it.each([
    ['in a block', inABlock],
    ['and gone', () => null],
  ])('%s gets one from its leader while writes go on, and has the right state', async (_, change) => {
    const members = new Members(3)
    const { cluster, machines, logs } = members
    await using _cluster = await cluster.start()
    const { member: leader } = await cluster.leading()
    const [victim] = cluster.others(leader).map(({ id }) => id) as [string]
    await members.proposeUntilCut(victim)
    await cluster.member(victim).close()
    expect(members.damage(victim, change)).toBeGreaterThan(0)
    await members.propose(3)
    const lastIndex = logs.get(victim)!.lastIndex

    await cluster.start(victim)
    expect(cluster.member(victim).live().ok).toBe(true)
    while (machines.get(victim)!.items.length === 0) await members.propose()
    await members.propose()
    await members.hasAll(victim)
    expect(members.askings).toHaveLength(1)
    expect(members.askings[0]).toMatch(
      new RegExp(`^'${victim}' has no state, and asks its peers for a snapshot: the log begins after entry`),
    )
    // Its log was not thrown away.
    expect(logs.get(victim)!.lastIndex).toBeGreaterThan(lastIndex)
    await until(() => cluster.member(victim).ready().ok)
    expect(cluster.member(victim).status().problems).toEqual([])

    // The snapshot from its peer is its own from now on.
    await cluster.member(victim).close()
    await cluster.start(victim)
    await members.hasAll(victim)
    expect(members.askings).toHaveLength(1)
  })

  it.each([
    ['and the log of its leader goes on from its own', false],
    ['and its leader has cut its log behind it', true],
  ])('takes one that is newer than its log, %s', async (_, isCut) => {
    const members = new Members(3)
    const { cluster, logs, stores } = members
    await using _cluster = await cluster.start()
    const { member: leader } = await cluster.leading()
    const [victim] = cluster.others(leader).map(({ id }) => id) as [string]
    await members.proposeUntilCut(victim)
    await cluster.member(victim).close()
    members.damage(victim, inABlock)
    const { lastIndex } = logs.get(victim)!
    const isNewer = (id: string): boolean =>
      isCut
        ? logs.get(id)!.firstIndex > lastIndex + 1
        : (stores.get(id)!.snapshots.stored[0]?.meta.index ?? 0) > lastIndex
    while (!cluster.others(cluster.member(victim)).every(({ id }) => isNewer(id))) await members.propose()
    await cluster.start(victim)
    await members.propose()
    await members.hasAll(victim)
    if (isCut) expect(logs.get(victim)!.firstIndex).toBeGreaterThan(lastIndex)
  })

  it('gets one that its leader takes for it, if the leader has none that reaches so far', async () => {
    const members = new Members(3, {
      everyEntries: (id) => (id === 'c' ? 10 : Number.POSITIVE_INFINITY),
    })
    const { cluster, stores } = members
    await using _ = await cluster.start()
    await members.proposeUntilCut('c')
    await cluster.member('c').close()
    members.damage('c', inABlock)
    const others = cluster.others(cluster.member('c')).map(({ id }) => stores.get(id)!.snapshots)
    expect(others.flatMap(({ stored }) => stored)).toEqual([])
    await cluster.start('c')
    await members.hasAll('c')
    expect(others.flatMap(({ stored }) => stored)).toHaveLength(1)
  })

  it('and that is elected first hands leadership over while its state is on the way', async () => {
    const members = new Members(3, { bytesPerSecond: 4096 })
    const { cluster, machines } = members
    await using _ = await cluster.start()
    // The timeouts of the cluster end in the order of the names.
    await members.proposeUntilCut('a')
    const { member: former } = await cluster.leading()
    await former.propose('x'.repeat(4096))
    const before = machines.get(former.id)!.items
    await Promise.all(cluster.members.map((member) => member.snapshot()))
    await Promise.all(cluster.members.map((member) => member.close()))
    members.damage('a', inABlock)
    await cluster.start()
    const { member } = await cluster.leading()
    expect(member.id).not.toBe('a')
    await until(() => machines.get('a')!.items.length > 0)
    expect(machines.get('a')!.items.slice(0, before.length)).toEqual(before)
  })

  it('gets none from a witness, which has no state', async () => {
    const members = new Members(3, { witness: 'c' })
    const { cluster } = members
    await using _ = await cluster.start()
    await members.proposeUntilCut('a')
    await Promise.all(cluster.members.map((member) => member.close()))
    members.damage('a', inABlock)
    await cluster.start('a', 'c')
    const { term } = cluster.member('a').status()
    // They hand leadership over to each other.
    await until(() => cluster.member('a').status().term > term + 2)
    expect(cluster.member('a').status()).toMatchObject({ state: 'running', restoring: true })
    await cluster.start('b')
    await members.hasAll('a')
  })

  it('says what it waits for, and applies nothing, while there is no leader', async () => {
    const members = new Members(3)
    const { cluster, machines } = members
    await using _ = await cluster.start()
    await members.proposeUntilCut('a')
    await Promise.all(cluster.members.map((member) => member.close()))
    members.damage('a', inABlock)
    await cluster.start('a')
    const member = cluster.member('a')
    await until(() => member.status().problems.some(({ kind }) => kind === 'lacks-state'))
    expect(String(member.why())).toMatch(
      /a waits for a snapshot from its peers, and applies nothing: the log begins after entry \d+/,
    )
    expect(member.ready().reasons).toMatchObject([
      { kind: 'restoring', text: 'a waits for a snapshot from its peers.' },
    ])
    expect(member.live().ok).toBe(true)
    expect(machines.get('a')!.items).toEqual([])
    await cluster.start('b', 'c')
    await members.hasAll('a')
    expect(member.status().problems.filter(({ kind }) => kind === 'lacks-state')).toEqual([])
  })

  it('waits with the others if none of them has a state, and none of them leads', async () => {
    const members = new Members(3)
    const { cluster } = members
    await using _ = await cluster.start()
    for (const id of cluster.ids) await members.proposeUntilCut(id)
    await Promise.all(cluster.members.map((member) => member.close()))
    for (const id of cluster.ids) members.damage(id, inABlock)
    await cluster.start()
    await until(() => cluster.members.every((member) => /waits for a snapshot/.test(String(member.why()))))
    // Each of them is elected now and then.
    const led = new Set<string>()
    await until(() => {
      for (const { id, ...member } of cluster.members.map((one) => one.status()))
        if (member.role === 'leader') led.add(id)
      return led.size > 1
    })
    expect(cluster.members.map(({ leadership }) => leadership)).toEqual([null, null, null])
    expect(members.askings).toHaveLength(3)
  })

  it('stops if it has no peers', async () => {
    const members = new Members(1)
    const { cluster } = members
    await using _ = await cluster.start()
    await members.proposeUntilCut('a')
    await cluster.member('a').close()
    members.damage('a', inABlock)
    await cluster.start('a')
    await expect(cluster.member('a').closed).rejects.toMatchObject({
      code: 'OARLOCK_SNAPSHOT_DAMAGED',
      message: expect.stringMatching(/^the log begins after entry .* There is no other voter to send one/),
    })
    expect(members.askings).toEqual([])
  })
})

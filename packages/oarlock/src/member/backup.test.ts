// Backups of members, over a network and logs in memory.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { inPieces, ListMachine } from '../../test/list-machine.ts'
import { BackupFile } from '../backup/index.ts'
import { type Member, MemoryLogStore } from '../index.ts'

async function withFile<T>(act: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'oarlock-member-backup-'))
  try {
    return await act(path.join(directory, 'state.backup'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const newMachine = () => new ListMachine({ takes: (bytes) => inPieces(bytes, 10_000) })

const alone = (stores: MemoryLogStore[] = []) =>
  new Cluster<string, number>(1, () => {
    const logStore = new MemoryLogStore()
    stores.push(logStore)
    return { machine: newMachine(), logStore, snapshots: { everyEntries: 10 } }
  })

describe('a backup', () => {
  it('has everything that was acknowledged before, on any member, and says what it is', async () => {
    await using cluster = await new Cluster<string, number>(3, () => ({ machine: newMachine() })).start()
    const { member: leader } = await cluster.leading()
    const [follower] = cluster.others(leader)
    for (const command of ['one', 'two', 'three']) await leader.propose(command)
    await withFile(async (file) => {
      const info = await follower!.backup(file)
      const { applied } = follower!.status()
      expect(info).toMatchObject({ id: follower!.id, cluster: 'oarlock', generation: 0, machineFormat: 1 })
      expect(info.index).toBeLessThanOrEqual(applied)
      expect(info.term).toBe(leader.status().term)
      const backup = await BackupFile.open(file)
      expect(backup.info).toEqual(info)
      const parts: Uint8Array[] = []
      for await (const bytes of backup.content()) parts.push(bytes)
      expect(Buffer.concat(parts).toString()).toContain('["one","two","three"]')
    })
  })

  it('is not made by a member that may lack what was acknowledged', async () => {
    const options = () => ({ machine: newMachine(), readTimeout: 300 })
    await using cluster = await new Cluster<string, number>(3, options).start()
    const { member: leader } = await cluster.leading()
    const [follower] = cluster.others(leader)
    await leader.propose('one')
    cluster.isolate(follower!)
    await leader.propose('two')
    await withFile(async (file) => {
      await expect(follower!.backup(file)).rejects.toMatchObject({ code: 'OARLOCK_READ_TIMEOUT' })
      expect(existsSync(file)).toBe(false)
    })
  })

  it('is read to its end while later snapshots replace the one that it is made of, which goes afterwards', async () => {
    const stores: MemoryLogStore[] = []
    await using cluster = await alone(stores).start()
    const { member } = await cluster.leading()
    await member.propose('x'.repeat(600_000))
    const { snapshots } = stores[0]!
    const reading = member.backupStream()[Symbol.asyncIterator]()
    let size = (await reading.next()).value!.length
    const [own] = snapshots.stored
    for (let n = 0; n < 5; n++) {
      await member.propose(`${n}`)
      await member.snapshot()
    }
    await until(() => snapshots.stored.length === 3)
    expect(snapshots.stored).toContainEqual(own)
    for (let next = await reading.next(); next.done !== true; next = await reading.next())
      size += next.value.length
    expect(size).toBeGreaterThan(600_000)
    await until(() => snapshots.stored.length === 2)
    expect(snapshots.stored).not.toContainEqual(own)
  })

  it('that its reader leaves, or its caller aborts, lets the snapshot go and leaves no file', async () => {
    const stores: MemoryLogStore[] = []
    await using cluster = await alone(stores).start()
    const { member } = await cluster.leading()
    await member.propose('x'.repeat(600_000))
    for await (const _ of member.backupStream()) break
    const abort = new AbortController()
    const reading = member.backupStream({ signal: abort.signal })[Symbol.asyncIterator]()
    await reading.next()
    abort.abort(new Error('enough'))
    const rest = async () => {
      while ((await reading.next()).done !== true);
    }
    await expect(rest()).rejects.toMatchObject({ code: 'OARLOCK_READ_ABORTED', cause: new Error('enough') })
    await expect(member.backup('/never-written', { signal: abort.signal })).rejects.toMatchObject({
      outcome: 'not-a-write',
    })
    for (let n = 0; n < 3; n++) {
      await member.propose(`${n}`)
      await member.snapshot()
    }
    await until(() => stores[0]!.snapshots.stored.length === 2)
  })

  it('is refused without snapshots, where nothing is replicated, by a witness, and when the member is closed', async () => {
    const refusal = (member: Member<never, never>, message: RegExp) =>
      expect(member.backup('x')).rejects.toMatchObject({
        code: 'OARLOCK_NO_SNAPSHOTS',
        message: expect.stringMatching(message),
      })
    await using plain = await new Cluster<string, number>(1, () => ({ machine: { apply: () => 1 } })).start()
    await refusal(
      plain.member('a') as never,
      /'a' cannot be backed up: its state machine .* has no 'snapshots'/,
    )
    await using none = await new Cluster<string, number>(1, () => ({ purpose: 'election' })).start()
    await refusal(none.member('a') as never, /'a' has purpose 'election' and replicates nothing/)
    await using mixed = await new Cluster<string, number>(3, (id) =>
      id === 'c' ? { kind: 'witness' } : { machine: newMachine() },
    ).start()
    await refusal(mixed.member('c') as never, /'c' is a witness and has no state: back up another member/)
    const { member } = await mixed.leading()
    await member.close()
    await expect(member.backup('x')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
  })
})

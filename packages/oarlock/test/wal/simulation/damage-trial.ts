// Opens a log with damaged files, and reads it while files are damaged. It is refused, or it is as it was.
import { SnapshotDamagedError } from '@oarlock/runtime'
import { CorruptLogError } from '../../../src/errors.ts'
import type { DiskLogStore } from '../../../src/wal/disk-log-store.ts'
import { below, pick, type Random } from '../../random.ts'
import { contentsOf, type State } from '../log-state.ts'
import type { SimulatedDisk } from '../simulated-disk.ts'
import { type Damage, type DurableLog, damaged } from './damage.ts'
import { Violation } from './oracle.ts'
import type { SnapshotLife } from './snapshot-life.ts'

interface Trial {
  readonly log: DurableLog
  readonly current: State
  readonly random: Random
}

type Open = (disk: SimulatedDisk) => DiskLogStore

const DAMAGES = 6
/** A whole block of a snapshot's file, with what stands before it. */
const BLOCK_BYTES = 64 * 1024 + 12

export async function tryDamage(trial: Trial, storeOn: Open, snapshots: SnapshotLife): Promise<void> {
  for (let damages = 0; damages < DAMAGES; damages++) {
    const damage = damaged(trial.log, trial.random)
    if (damage === null) continue
    await openDamaged(trial, damage, storeOn)
    await damageWhileOpen(trial, damage, storeOn)
    await damageSnapshot(trial, storeOn, snapshots)
  }
}

async function openDamaged({ current }: Trial, { what, disk }: Damage, storeOn: Open): Promise<void> {
  // The first one repairs what it takes for a torn write.
  const store = storeOn(disk.clone())
  try {
    const found = contentsOf(await store.open())
    if (JSON.stringify(found) === JSON.stringify(current)) return
    throw new Violation(
      'DAMAGE',
      `${what}; it was opened nevertheless, with ${found.entries.length} of ${current.entries.length} entries`,
    )
  } catch (error) {
    if (error instanceof CorruptLogError) return
    throw error instanceof Violation ? error : new Violation('DAMAGE', `${what}; and then ${error}`)
  } finally {
    await store.close()
  }
}

/** The files are damaged after the log was opened, before its entries are read from them. */
async function damageWhileOpen(
  { log, current }: Trial,
  { what, disk: after }: Damage,
  storeOn: Open,
): Promise<void> {
  const disk = log.disk.clone()
  const store = storeOn(disk)
  try {
    const opened = await store.open()
    for (const file of log.segments)
      if (disk.exists(file) && after.exists(file)) disk.overwrite(file, after.get(file))
    const found = contentsOf(opened)
    if (JSON.stringify(found) === JSON.stringify(current)) return
    throw new Violation(
      'READ',
      `${what}, while it was open; ${found.entries.length} entries were read nevertheless`,
    )
  } catch (error) {
    if (error instanceof CorruptLogError) return
    throw error instanceof Violation
      ? error
      : new Violation('READ', `${what}, while it was open; and then ${error}`)
  } finally {
    await store.close()
  }
}

/** A file of a snapshot is damaged. The log is as it was, unless it begins after that snapshot. */
async function damageSnapshot(
  { log, current, random }: Trial,
  storeOn: Open,
  life: SnapshotLife,
): Promise<void> {
  const names = log.disk.list('/data').filter((name) => name.endsWith('.snapshot'))
  if (names.length === 0) return
  const file = `/data/${pick(names, random)}`
  const bytes = log.disk.get(file)
  const at = below(bytes.length, random)
  const kind = pick(['cut short', 'a bit flipped', 'bytes lost', 'a block written to another place'], random)
  if (kind === 'a bit flipped') bytes[at] = bytes[at]! ^ (1 << below(8, random))
  if (kind === 'bytes lost') bytes.fill(0, at, at + 512)
  if (kind === 'a block written to another place') {
    const header = Buffer.from(bytes).readUInt32LE(12) + 36
    bytes.copyWithin(header + BLOCK_BYTES, header, Math.min(header + BLOCK_BYTES, bytes.length - BLOCK_BYTES))
  }
  const disk = log.disk.clone()
  disk.put(file, kind === 'cut short' ? bytes.slice(0, at) : bytes)
  const what = `${file}, ${kind} at ${at}`
  const store = storeOn(disk)
  try {
    const found = contentsOf(await store.open())
    if (JSON.stringify(found) !== JSON.stringify(current))
      throw new Violation('DAMAGE', `${what}; the log is another one`)
    for (const snapshot of store.snapshots.stored) await life.read(store.snapshots, snapshot, () => true)
  } catch (error) {
    if (error instanceof SnapshotDamagedError) return
    throw error instanceof Violation ? error : new Violation('DAMAGE', `${what}; and then ${error}`)
  } finally {
    await store.close()
  }
}

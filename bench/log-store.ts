// `npm run bench:log` writes millions of commands to the log store on disk, with snapshots and compaction, and
// prints its memory and disk as it goes on, then the time to open it and to read it again. --millions N, default 4.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { index } from '@oarlock/core'
import { DiskLogStore } from 'oarlock'
import { entriesFrom, hardStateOf, metaOf, persistOf } from '../packages/testkit/src/conformance/index.ts'
import { numberFlag } from './number-flag.ts'

const MIB = 2 ** 20
const BATCH = 256
const COMMAND_BYTES = 100
/** Of log between two snapshots. */
const LOG_BYTES = 64 * MIB
const SNAPSHOT_BYTES = 10 * MIB

const { values } = parseArgs({ options: { millions: { type: 'string', default: '4' } } })
const commands = numberFlag('millions', values.millions, 1) * 1e6
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oarlock-bench-'))
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const open = (): DiskLogStore => new DiskLogStore({ directory, cluster: 'bench', id: 'a' })
const diskBytes = (): number =>
  fs.readdirSync(directory).reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0)

function report(written: number): void {
  const memory = Math.round(process.memoryUsage.rss() / MIB)
  say(
    `${(written / 1e6).toFixed(1)} million commands: ${memory} MiB of memory, ${Math.round(diskBytes() / MIB)} MiB of disk`,
  )
}

/** As a member does: two snapshots are kept, and the log from the older one on. */
async function takeSnapshot(store: DiskLogStore, at: number): Promise<void> {
  const { snapshots } = store
  const writer = await snapshots.create(metaOf(at, 1))
  for (let bytes = 0; bytes < SNAPSHOT_BYTES; bytes += MIB) await writer.append(new Uint8Array(MIB).fill(at))
  await writer.commit()
  const [, older, ...rest] = snapshots.stored
  if (older !== undefined) await store.compact(older.meta)
  for (const snapshot of rest) await snapshots.remove(snapshot)
}

async function fill(): Promise<void> {
  const store = open()
  await store.open()
  const data = Array.from({ length: BATCH }, () => new Uint8Array(COMMAND_BYTES).fill(7))
  let sinceSnapshot = 0
  let reported = 0
  for (let written = 0; written < commands; ) {
    const entries = entriesFrom(written + 1, 1, ...data)
    await store.write([persistOf({ hardState: hardStateOf(1, 'a', written), entries })])
    written += BATCH
    sinceSnapshot += BATCH * COMMAND_BYTES
    if (sinceSnapshot >= LOG_BYTES) {
      sinceSnapshot = 0
      await takeSnapshot(store, written)
    }
    if (written - reported < 500_000) continue
    reported = written
    report(written)
  }
  await store.close()
}

async function readAgain(): Promise<void> {
  const began = performance.now()
  const store = open()
  const { log } = await store.open()
  const opened = performance.now()
  const end = index(log.lastIndex + 1)
  let bytes = 0
  for (let at = log.firstIndex; at < end; ) {
    const entries = log.entries(at, end, MIB)
    for (const { data } of entries) bytes += data.length
    at = index(at + entries.length)
  }
  const read = performance.now()
  const [newest] = store.snapshots.stored
  for (let at = 0; at < (newest?.size ?? 0); at += MIB) await store.snapshots.read(newest!, at, MIB)
  const size = `${Math.round(bytes / MIB)} MiB of commands`
  say(
    `opened in ${Math.round(opened - began)} ms; ${size} read from disk in ${Math.round(read - opened)} ms; a snapshot of ${SNAPSHOT_BYTES / MIB} MiB in ${Math.round(performance.now() - read)} ms`,
  )
  await store.close()
}

try {
  report(0)
  await fill()
  await readAgain()
} finally {
  fs.rmSync(directory, { recursive: true })
}

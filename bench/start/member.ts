// One process of `npm run bench:start`: it does one task, and ends. The member is the only one of its
// cluster.
import { createReadStream } from 'node:fs'
import { join, type Logger, type Member } from 'oarlock'
import { PagedMachine, recordBytes, writeRecord } from '../paged-machine.ts'
import { freePorts } from '../processes.ts'
import type { Report, Task } from './protocol.ts'

const MIB = 2 ** 20
/** What the policy of snapshots counts for an entry beside its command. */
const entryOverhead = 32
const proposers = 256

type Started = Member<Uint8Array, number, null, number>

const tell = (report: Report): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send!(report, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
const peak = (): number => process.resourceUsage().maxRSS * 1024

async function start(data: string, machine: PagedMachine, logger: Logger): Promise<Started> {
  const [port] = await freePorts(1)
  return await join<Uint8Array, number, null, number>({
    id: 'm1',
    peers: { m1: `127.0.0.1:${port}` },
    data,
    machine,
    codec: { encode: (bytes) => bytes, decode: (bytes) => bytes },
    snapshots: { everyBytes: Number.POSITIVE_INFINITY },
    proposeTimeout: 60_000,
    logger,
    shutdownSignals: [],
  })
}

async function make({ data, stateBytes, logBytes }: Extract<Task, { type: 'make' }>): Promise<void> {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const member = await start(data, new PagedMachine(stateBytes), quiet)
  let left = 0
  const proposer = async () => {
    const command = new Uint8Array(recordBytes).fill(Math.random() * 256)
    while (left-- > 0) await member.propose(writeRecord(command, Math.random() * 2 ** 32))
  }
  await member.propose(new Uint8Array(recordBytes))
  for (let n = 0; n < 2; n++) {
    await member.snapshot()
    left = Math.ceil(logBytes / (recordBytes + entryOverhead))
    await Promise.all(Array.from({ length: proposers }, proposer))
  }
  await member.close()
  await tell({ type: 'made' })
}

async function measureStart(data: string): Promise<void> {
  const began = performance.now()
  const since = () => performance.now() - began
  const moments = new Map<string, { at: number; entries?: number }>()
  let replayed: () => void
  const isReplayed = new Promise<void>((resolve) => {
    replayed = resolve
  })
  const say =
    (level: string) =>
    (fields: object, message: string): void => {
      const at = since()
      moments.set(message, { at, ...fields })
      void tell({ type: 'said', at, line: `${level} ${message} ${JSON.stringify(fields)}` })
      if (message === 'the log is replayed') replayed()
    }
  const logger = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') }
  const member = await start(data, new PagedMachine(), logger)
  const joined = since()
  const written = member.propose(new Uint8Array(recordBytes)).then(since)
  await isReplayed
  const { at: restored } = moments.get('the state machine is restored from a snapshot')!
  const { at, entries = 0 } = moments.get('the log is replayed')!
  const times = { joined, restored, replayed: at, written: await written }
  await tell({ type: 'started', start: { ...times, entries, peak: peak() } })
  await member.close()
}

async function read(file: string): Promise<void> {
  const began = performance.now()
  await new PagedMachine().restore(createReadStream(file, { highWaterMark: MIB / 4 }))
  await tell({ type: 'read', took: performance.now() - began, peak: peak() })
}

process.on('disconnect', () => process.exit(0)) // so that it never outlives the benchmark
const task = JSON.parse(process.argv[2] ?? '{}') as Task
try {
  if (task.type === 'make') await make(task)
  else if (task.type === 'start') await measureStart(task.data)
  else await read(task.file)
  process.exit(0)
} catch (error) {
  await tell({ type: 'failed', error: String(error) })
  process.exit(1)
}

// One trial: a Redis, the instances, somebody who writes events, and a nemesis. Then what is left is looked at.
import { openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { fenceFaults, JournalReader, overlap } from '../../../singleton-job/src/leaderships.ts'
import type { Worked } from '../orders.ts'
import { queueName } from '../settings.ts'
import { faultsOf } from './audit.ts'
import { EventWriter } from './event-writer.ts'
import { Instance } from './instance.ts'
import { Line } from './line.ts'
import { faults, strike, workedOn } from './nemesis.ts'
import { Progress, positionOf } from './progress.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

export interface TrialOptions {
  readonly instances: number
  /** Each of them kills a leader, freezes one and cuts one off. */
  readonly rounds: number
  /** Events a second. */
  readonly rate: number
  /** Ends it before its time. */
  readonly signal: AbortSignal
  /** Called once it has begun. */
  onProgress(progress: Progress): void
  say(text: string): void
}

export interface Verdict {
  /** What is wrong. */
  readonly faults: readonly string[]
  readonly events: number
  readonly enqueued: number
  readonly worked: number
  /** How many instances worked jobs. */
  readonly workers: number
  /** Jobs that were worked again, since a worker died over them. */
  readonly again: number
  readonly leaderships: number
  /** In ms. */
  readonly overlap: number
  /** Transactions that arrived late and were refused. */
  readonly refused: number
}

interface Stage {
  readonly directory: string
  readonly redis: RedisServer
  readonly progress: Progress
  readonly writer: EventWriter
  readonly instances: readonly Instance[]
  readonly late: boolean[]
  readonly endings: string[]
}

/** What it writes goes into `directory`. Rejects when it cannot be carried through; whatever it started has ended by then. */
export async function runTrial(options: TrialOptions, directory: string): Promise<Verdict> {
  const { signal } = options
  let failed!: (why: string) => void
  const failure = new Promise<never>((_, reject) => {
    failed = (why) => reject(new Error(why))
  })
  failure.catch(() => {})
  signal.addEventListener('abort', () => failed('it was interrupted'))
  const redis = await startRedis(directory)
  redis.child.once('exit', () => failed('redis-server has ended'))
  const progress = new Progress(`redis://127.0.0.1:${redis.port}`)
  const writer = new EventWriter(join(directory, 'events.ndjson'), progress)
  const instances: Instance[] = []
  try {
    signal.throwIfAborted()
    for (let i = 1; i <= options.instances; i++)
      instances.push(await prepare(`orders-${i}`, { directory, redis, progress, failed }))
    options.onProgress(progress)
    const stage: Stage = { directory, redis, progress, writer, instances, late: [], endings: [] }
    await Promise.race([play(options, stage), failure])
    return await judge(stage)
  } finally {
    await writer.end()
    await Promise.all(instances.map((instance) => instance.kill()))
    for (const { line } of instances) line.close()
    await progress.close()
    redis.child.removeAllListeners('exit').kill('SIGKILL')
  }
}

interface Surroundings extends Pick<Stage, 'directory' | 'redis' | 'progress'> {
  failed(why: string): void
}

async function prepare(
  name: string,
  { directory, redis, progress, failed }: Surroundings,
): Promise<Instance> {
  return new Instance({
    name,
    line: await Line.to(redis.port),
    log: openSync(join(directory, `${name}.log`), 'a'),
    env: {
      EVENTS: join(directory, 'events.ndjson'),
      WORKED: join(directory, 'worked.ndjson'),
      JOURNAL: join(directory, `${name}.journal`),
    },
    onLeads: (instance, fence) => progress.leads(instance, fence),
    onDeath: failed,
  })
}

async function play({ rounds, rate, say }: TrialOptions, stage: Stage): Promise<void> {
  const { directory, progress, writer, instances, late, endings } = stage
  for (const name of ['events', 'worked']) await writeFile(join(directory, `${name}.ndjson`), '')
  for (const instance of instances) instance.start()
  writer.start(rate)
  await workedOn(progress)
  for (let round = 0; round < rounds; round++)
    for (const fault of faults)
      await strike(fault, { progress, say, late: (refused) => void late.push(refused) })
  await writer.end()
  say('no more events')
  await progress.until('all is worked', () => progress.worked >= progress.written)
  endings.push(...(await Promise.all(instances.map((instance) => instance.close()))))
}

async function judge({ directory, redis, progress, instances, late, endings }: Stage): Promise<Verdict> {
  const text = await readFile(join(directory, 'worked.ndjson'), 'utf8')
  const worked = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Worked)
  const journals = instances.map(({ name }) => ({
    member: name,
    session: 1,
    path: join(directory, `${name}.journal`),
  }))
  const leaderships = new JournalReader(journals).poll()
  const enqueued = await enqueuedOn(redis.port)
  const remains = {
    events: progress.written,
    enqueued,
    worked,
    overlap: overlap(leaderships),
    fenceFaults: fenceFaults(leaderships),
    lateRefused: late,
  }
  const unclean = endings.filter((ending) => ending !== 'SIGTERM' && ending !== '0')
  return {
    faults: [
      ...faultsOf(remains),
      ...unclean.map((ending) => `an instance that was closed ended with ${ending}`),
    ],
    events: progress.written,
    enqueued: enqueued.length,
    worked: worked.length,
    workers: new Set(worked.map(({ worker }) => worker)).size,
    again: worked.length - new Set(worked.map(({ position }) => position)).size,
    leaderships: leaderships.length,
    overlap: remains.overlap,
    refused: late.filter(Boolean).length,
  }
}

/** The positions, in the order in which BullMQ took them: added, or refused since a job of that id is there. */
async function enqueuedOn(port: number): Promise<number[]> {
  const client = new Redis(port)
  const entries = await client.xrange(`bull:${queueName}:events`, '-', '+')
  client.disconnect()
  return entries
    .map(([, fields]) =>
      Object.fromEntries(fields.flatMap((name, i) => (i % 2 ? [] : [[name, fields[i + 1]]]))),
    )
    .filter(({ event }) => event === 'added' || event === 'duplicated')
    .map(({ jobId }) => positionOf(jobId ?? ''))
}

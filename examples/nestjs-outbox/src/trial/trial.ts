// One trial: runs a Redis, the instances, a writer of events and a nemesis, and then judges the traces.
import { openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { fenceFaults, JournalReader, overlap } from '../../../singleton-job/src/leaderships.ts'
import type { Worked } from '../orders.ts'
import { queueName } from '../settings.ts'
import { problemsIn, type TrialRecord } from './audit.ts'
import { EventWriter } from './event-writer.ts'
import { Instance } from './instance.ts'
import { faults, inject, workContinues } from './nemesis.ts'
import { Progress, positionOf } from './progress.ts'
import { RedisProxy } from './redis-proxy.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

export interface TrialOptions {
  readonly instances: number
  /** In each round one leader is killed, one frozen and one cut off. */
  readonly rounds: number
  /** Events a second. */
  readonly rate: number
  /** Ends the trial early. */
  readonly signal: AbortSignal
  /** Called once, when the trial has begun. */
  onProgress(progress: Progress): void
  say(text: string): void
}

export interface Verdict {
  /** The problems, in words. */
  readonly problems: readonly string[]
  readonly events: number
  readonly enqueued: number
  readonly worked: number
  /** How many instances processed jobs. */
  readonly workers: number
  /** How many jobs were processed again because their worker died. */
  readonly again: number
  readonly leaderships: number
  /** In ms. */
  readonly overlap: number
  /** How many transactions arrived late and were rejected. */
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

/**
 * Writes its files to `directory`. Rejects if the trial cannot be completed. All its processes have ended by
 * then.
 */
export async function runTrial(options: TrialOptions, directory: string): Promise<Verdict> {
  const { signal } = options
  let failed!: (why: string) => void
  const failure = new Promise<never>((_, reject) => {
    failed = (why) => reject(new Error(why))
  })
  failure.catch(() => {})
  signal.addEventListener('abort', () => failed('the trial was interrupted'))
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
    for (const { proxy } of instances) proxy.close()
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
    proxy: await RedisProxy.to(redis.port),
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
  await workContinues(progress)
  for (let round = 0; round < rounds; round++)
    for (const fault of faults)
      await inject(fault, { progress, say, late: (refused) => void late.push(refused) })
  await writer.end()
  say('no more events')
  await progress.until('all jobs are processed', () => progress.worked >= progress.written)
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
  const record: TrialRecord = {
    events: progress.written,
    enqueued,
    worked,
    overlap: overlap(leaderships),
    fenceProblems: fenceFaults(leaderships),
    lateRefused: late,
  }
  const unclean = endings.filter((ending) => ending !== 'SIGTERM' && ending !== '0')
  return {
    problems: [
      ...problemsIn(record),
      ...unclean.map((ending) => `an instance ended with ${ending} when it was closed`),
    ],
    events: progress.written,
    enqueued: enqueued.length,
    worked: worked.length,
    workers: new Set(worked.map(({ worker }) => worker)).size,
    again: worked.length - new Set(worked.map(({ position }) => position)).size,
    leaderships: leaderships.length,
    overlap: record.overlap,
    refused: late.filter(Boolean).length,
  }
}

/** The positions in BullMQ's order: jobs that it added, or rejected because their id exists. */
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

// The registry in Redis. Each change is one atomic script (ARCHITECTURE.md, "Generations").
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Millis, NodeId } from '@oarlock/core'
import type { RedisConnection } from '../connection/index.ts'
import {
  type ClaimOptions,
  type ClusterIdentity,
  type ClusterRecord,
  type Registry,
  type RegistryView,
  type Renewal,
  tolerableLoss,
} from './registry.ts'

/** The record in Redis was not signed with this instance's secret. */
export class ForgedRecordError extends Error {
  override readonly name = 'ForgedRecordError'
}

const FIELDS = "'cluster', 'generation', 'founders', 'mac', 'over'"

const READ = `
return {redis.call('HMGET', KEYS[1], ${FIELDS}), redis.call('GET', KEYS[2]), redis.call('TIME')}`

// ARGV: cluster id, time to live, whether to return a fence. A fence is the time in microseconds since 1970,
// or the last fence plus one if that is greater.
const RENEW = `
local found = redis.call('HMGET', KEYS[1], ${FIELDS})
if found[1] and found[1] ~= ARGV[1] then return {'superseded', found} end
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'lapsed'} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
if ARGV[3] == '0' then return {'renewed', '0'} end
local time = redis.call('TIME')
local fence = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
if last >= fence then fence = last + 1 end
local text = string.format('%.0f', fence)
redis.call('HSET', KEYS[1], 'fence', text)
return {'renewed', text}`

// ARGV: cluster id, generation, founders, MAC, time to live; the id of the cluster to replace, how many of
// its voters may be missing, the channels of its voters.
const CLAIM = `
local found = redis.call('HMGET', KEYS[1], ${FIELDS})
if (found[1] or '') ~= ARGV[6] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 and not found[5] then
  local missing = 0
  for at = 8, #ARGV do
    if redis.call('PUBSUB', 'NUMSUB', ARGV[at])[2] == 0 then missing = missing + 1 end
  end
  if missing <= tonumber(ARGV[7]) then return 0 end
end
redis.call('HSET', KEYS[1], 'cluster', ARGV[1], 'generation', ARGV[2], 'founders', ARGV[3], 'mac', ARGV[4])
redis.call('HDEL', KEYS[1], 'over')
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[5])
return 1`

// ARGV: cluster id.
const END = `
if redis.call('HGET', KEYS[1], 'cluster') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'over', '1')
redis.call('DEL', KEYS[2])
return 1`

export interface RedisRegistryInit {
  readonly connection: Pick<RedisConnection, 'command'>
  readonly prefix: string
  readonly secret: string | undefined
  /** How long a record is alive without a renewal, in ms. */
  readonly generationTimeout: Millis
}

export class RedisRegistry implements Registry {
  readonly #connection: Pick<RedisConnection, 'command'>
  readonly #keys: readonly [string, string]
  readonly #signing: Uint8Array | null
  readonly #timeToLive: string

  constructor({ connection, prefix, secret, generationTimeout }: RedisRegistryInit) {
    this.#connection = connection
    this.#keys = [`{${prefix}}:cluster`, `{${prefix}}:alive`]
    this.#signing =
      secret === undefined ? null : new Uint8Array(hkdfSync('sha256', secret, '', 'oarlock redis record', 32))
    this.#timeToLive = String(Math.ceil(generationTimeout))
  }

  /** Throws ForgedRecordError, or the connection's error. */
  async read(): Promise<RegistryView> {
    const [fields, alive, time] = (await this.#run(READ, [])) as [Fields, unknown, Fields]
    const record = this.#recordOf(fields)
    const [seconds, microseconds] = time.map((part) => Number(textOf(part)))
    return {
      record,
      alive: record !== null && textOf(alive) === record.id,
      time: seconds! * 10 + Math.floor(microseconds! / 100_000),
    }
  }

  async renew(cluster: ClusterIdentity, withFence: boolean): Promise<Renewal> {
    const [outcome, rest] = (await this.#run(RENEW, [
      cluster.id,
      this.#timeToLive,
      withFence ? '1' : '0',
    ])) as [unknown, unknown]
    switch (textOf(outcome)) {
      case 'renewed':
        return { type: 'renewed', fence: Number(textOf(rest)) }
      case 'superseded':
        return { type: 'superseded', by: this.#recordOf(rest as Fields)! }
      default:
        return { type: 'lapsed' }
    }
  }

  async claim({ cluster, instead, voterChannels }: ClaimOptions): Promise<boolean> {
    const { id, generation, founders } = cluster
    const text = JSON.stringify(founders)
    const outcome = await this.#run(CLAIM, [
      id,
      String(generation),
      text,
      this.#sign(id, String(generation), text),
      this.#timeToLive,
      instead ?? '',
      String(tolerableLoss(voterChannels.length)),
      ...voterChannels,
    ])
    return Number(textOf(outcome)) === 1
  }

  async end(cluster: ClusterIdentity): Promise<void> {
    await this.#run(END, [cluster.id])
  }

  #run(script: string, args: readonly string[]): Promise<unknown> {
    return this.#connection.command(['EVAL', script, String(this.#keys.length), ...this.#keys, ...args])
  }

  #sign(...parts: readonly string[]): string {
    if (this.#signing === null) return ''
    return createHmac('sha256', this.#signing).update(JSON.stringify(parts)).digest('base64')
  }

  #recordOf(fields: Fields): ClusterRecord | null {
    const [id, generation, founders, mac, over] = fields.map((field) =>
      field == null ? null : textOf(field),
    )
    if (id == null || generation == null || founders == null) return null
    const expected = Buffer.from(this.#sign(id, generation, founders))
    const found = Buffer.from(mac ?? '')
    if (expected.length !== found.length || !timingSafeEqual(expected, found))
      throw new ForgedRecordError(
        `${this.#keys[0]} in Redis is not signed with this secret: give all instances of the prefix the same secret`,
      )
    return {
      id,
      generation: Number(generation),
      founders: JSON.parse(founders) as NodeId[],
      over: over != null,
    }
  }
}

type Fields = readonly unknown[]

/** Client libraries return bulk strings as strings or as buffers. */
const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)

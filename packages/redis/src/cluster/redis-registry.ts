// The registry in Redis (ARCHITECTURE.md, "Generations").
import type { Millis } from '@oarlock/core'
import type { Secrets } from '../authentication/index.ts'
import type { RedisConnection } from '../connection/index.ts'
import { type FoundRecord, isReadable, RecordCodec } from './record.ts'
import {
  type Claim,
  type ClaimOptions,
  type ClusterIdentity,
  type Registry,
  type RegistryView,
  type Renewal,
  type RenewalOptions,
  tolerableLoss,
} from './registry.ts'
import { CLAIM, END, READ, RENEW } from './scripts.ts'

/** A lease that is longer was not written by this package. */
const longestLease: Millis = 600_000

export interface RedisRegistryInit {
  readonly connection: Pick<RedisConnection, 'command'>
  readonly prefix: string
  readonly secrets: Secrets
  /** How long a record is alive without a renewal, in ms. */
  readonly generationTimeout: Millis
}

export class RedisRegistry implements Registry {
  readonly #connection: Pick<RedisConnection, 'command'>
  readonly #keys: readonly [string, string]
  readonly #codec: RecordCodec
  readonly #timeToLive: string

  constructor({ connection, prefix, secrets, generationTimeout }: RedisRegistryInit) {
    this.#connection = connection
    this.#keys = [`{${prefix}}:cluster`, `{${prefix}}:alive`]
    this.#codec = new RecordCodec(secrets)
    this.#timeToLive = String(Math.ceil(generationTimeout))
  }

  /** Rejects as `connection.command` does. */
  async read(): Promise<RegistryView> {
    const [fields, alive, version, time, isOtherType] = (await this.#run(READ, [])) as [
      readonly unknown[],
      unknown,
      unknown,
      readonly unknown[],
      unknown,
    ]
    const [seconds, microseconds] = time.map((part) => Number(textOf(part)))
    return {
      ...this.#recordOf(fields, Number(textOf(isOtherType)) === 1),
      alive: Number(textOf(alive)) === 1,
      version: textOf(version),
      lease: leaseOf(fields[6]),
      time: seconds! * 10 + Math.floor(microseconds! / 100_000),
    }
  }

  async renew(cluster: ClusterIdentity, { withFence, lease, term }: RenewalOptions): Promise<Renewal> {
    const args = [this.#timeToLive, withFence ? '1' : '0', String(lease), String(term)]
    const [outcome, fence] = (await this.#run(RENEW, [
      ...this.#codec.encode(cluster),
      ...args,
    ])) as readonly unknown[]
    switch (textOf(outcome)) {
      case 'renewed':
        return { type: 'renewed', fence: Number(textOf(fence)) }
      case 'superseded':
        return { type: 'superseded' }
      default:
        return { type: 'lapsed' }
    }
  }

  async claim({ cluster, instead, voterChannels, timeToLive }: ClaimOptions): Promise<Claim> {
    const tolerable = String(tolerableLoss(voterChannels.length))
    const args = [String(Math.ceil(timeToLive)), instead, tolerable, ...voterChannels]
    const lease = await this.#run(CLAIM, [...this.#codec.encode(cluster), ...args])
    return lease === null ? { type: 'refused' } : { type: 'claimed', lease: leaseOf(lease) }
  }

  async end(cluster: ClusterIdentity): Promise<void> {
    await this.#run(END, [cluster.id])
  }

  #run(script: string, args: readonly string[]): Promise<unknown> {
    return this.#connection.command(['EVAL', script, String(this.#keys.length), ...this.#keys, ...args])
  }

  #recordOf(fields: readonly unknown[], isOtherType: boolean): Pick<RegistryView, 'record' | 'unreadable'> {
    const [id, generation, founders, mac, over] = fields.map((field) =>
      field == null ? null : textOf(field),
    )
    const found: FoundRecord = {
      id: id ?? null,
      generation: generation ?? null,
      founders: founders ?? null,
      mac: mac ?? null,
      over: over === '1',
    }
    const isMissing = found.id === null && found.generation === null && found.founders === null
    if (isMissing && !isOtherType) return { record: null, unreadable: null }
    const record = this.#codec.decode(found)
    return isReadable(record) ? { record, unreadable: null } : { record: null, unreadable: record }
  }
}

function leaseOf(field: unknown): Millis {
  const lease = field == null ? 0 : Number(textOf(field))
  return lease > 0 && lease <= longestLease ? lease : 0
}

/** Client libraries return bulk strings as strings or as buffers. */
const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)

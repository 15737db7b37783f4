// The options of a member's store.
import type { Millis } from '@oarlock/core'
import { number, type Schema } from '@oarlock/runtime'
import type { StoreSettings } from './replicated-store.ts'

/** Those of the member that leads count. Infinity: no limit. */
export interface StoreOptions {
  /**
   * How long what was replaced can be read and watched, in ms; Infinity: until `kv.compact`. It is less while it fills
   * the store. Default 3600000.
   */
  readonly history?: Millis
  /** The most keys. Default 1000000. */
  readonly maxKeys?: number
  /** The most memory of keys and values, in bytes, with their history. Default 256 MiB. */
  readonly maxBytes?: number
  /** The most leases. Default 100000. */
  readonly maxLeases?: number
}

const MiB = 1024 * 1024

const count = number({ least: 1, whole: true, endless: true })

export const storeSchema: Schema<StoreOptions> = {
  history: number({ of: 'milliseconds', least: 1000, endless: true }),
  maxKeys: count,
  // The longest value must fit.
  maxBytes: number({ of: 'bytes', least: 8 * MiB, whole: true, endless: true }),
  maxLeases: count,
}

export const storeSettings = ({
  history = 3_600_000,
  maxKeys = 1_000_000,
  maxBytes = 256 * MiB,
  maxLeases = 100_000,
}: StoreOptions): StoreSettings => ({
  history,
  limits: { keys: maxKeys, bytes: maxBytes, leases: maxLeases },
})

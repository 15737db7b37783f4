// The record as it is stored: its fields, and its signature.
import type { NodeId } from '@oarlock/core'
import { Authenticator, type Secrets } from '../authentication/index.ts'
import type { ClusterIdentity, ClusterRecord, UnreadableRecord } from './registry.ts'

/** The texts of a record, in the order of the scripts' arguments. */
export type RecordTexts = readonly [id: string, generation: string, founders: string, mac: string]

/** The fields as found. Null: the field is missing. */
export interface FoundRecord {
  readonly id: string | null
  readonly generation: string | null
  readonly founders: string | null
  readonly mac: string | null
  readonly over: boolean
}

export class RecordCodec {
  readonly #authenticator: Authenticator | null

  constructor(secrets: Secrets) {
    this.#authenticator = secrets.length === 0 ? null : new Authenticator(secrets, 'oarlock redis record')
  }

  encode({ id, generation, founders }: ClusterIdentity): RecordTexts {
    const texts = [id, String(generation), JSON.stringify(founders)] as const
    return [...texts, this.#authenticator?.tagOf(signed(texts)).toString('base64') ?? '']
  }

  decode(found: FoundRecord): ClusterRecord | UnreadableRecord {
    const { id, generation, founders, mac, over } = found
    const unreadable = (problem: string): UnreadableRecord => ({ problem, over })
    if (id === null || generation === null || founders === null)
      return unreadable('is damaged, or from another version of this package')
    const problem = this.#problemOf([id, generation, founders], mac ?? '')
    if (problem !== null) return unreadable(problem)
    const ids = foundersOf(founders)
    if (ids === null || !Number.isSafeInteger(Number(generation)))
      return unreadable('is damaged, or from another version of this package')
    return { id, generation: Number(generation), founders: ids, over }
  }

  #problemOf(texts: readonly string[], mac: string): string | null {
    if (this.#authenticator === null)
      return mac === '' ? null : 'is signed with a secret, and this instance has none'
    if (mac === '') return 'is not signed, and this instance has a secret'
    return this.#authenticator.verify(Buffer.from(mac, 'base64'), signed(texts))
      ? null
      : 'is signed with another secret than that of this instance, or was altered'
  }
}

export const isReadable = (record: ClusterRecord | UnreadableRecord): record is ClusterRecord =>
  !('problem' in record)

const signed = (texts: readonly string[]): Uint8Array => Buffer.from(JSON.stringify(texts))

function foundersOf(text: string): readonly NodeId[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const isValid =
    Array.isArray(value) && value.length > 0 && value.every((id) => typeof id === 'string' && id !== '')
  return isValid ? (value as readonly NodeId[]) : null
}

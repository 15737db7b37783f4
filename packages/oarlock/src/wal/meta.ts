// `meta.json`: the member that a data directory belongs to.
import type { NodeId } from '@oarlock/core'
import type { Configuration, Founding } from './configuration.ts'
import { FORMAT_VERSION, INCARNATION_BYTES } from './segment.ts'

export const META_NAME = 'meta.json'

interface Meta {
  readonly format: number
  readonly cluster: string
  readonly id: NodeId
  /** Hexadecimal. */
  readonly incarnation: string
  /** Undefined in a directory of a version that did not record it. Null: the store was not told. */
  readonly configuration?: Configuration | null
}

export interface MetaContent {
  readonly id: NodeId
  readonly incarnation: Uint8Array
  readonly founding: Founding
}

export function encodeMeta({ id, incarnation, founding }: MetaContent): Uint8Array {
  const { cluster, configuration } = founding
  const meta: Meta = {
    format: FORMAT_VERSION,
    cluster,
    id,
    incarnation: Buffer.from(incarnation).toString('hex'),
    configuration,
  }
  return Buffer.from(`${JSON.stringify(meta, null, 2)}\n`)
}

/** Null if the file is damaged. */
export function decodeMeta(bytes: Uint8Array): Meta | null {
  let meta: Partial<Meta> | null
  try {
    meta = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
  const isMeta =
    typeof meta?.format === 'number' &&
    typeof meta.cluster === 'string' &&
    typeof meta.id === 'string' &&
    typeof meta.incarnation === 'string' &&
    meta.incarnation.length === INCARNATION_BYTES * 2 &&
    isConfiguration(meta.configuration)
  return isMeta ? (meta as Meta) : null
}

function isConfiguration(value: unknown): boolean {
  if (value === undefined || value === null) return true
  const { founders, purpose, kind } = value as Partial<Configuration>
  return Array.isArray(founders) && typeof purpose === 'string' && typeof kind === 'string'
}

// The table of members as bytes, for snapshots. JSON, as it is short and people read it.
import { type Index, index, type NodeId } from '@oarlock/core'
import { DecodeError } from '../errors.ts'
import type { TableState } from './member-table.ts'
import type { AcceptedRequest, MemberRecord, RemovedMember, RequestOutcome } from './membership.ts'

interface Encoded {
  readonly format: 1
  readonly configuration: TableState['configuration']
  readonly version: number
  readonly members: readonly (readonly [NodeId, MemberRecord])[]
  readonly removed: readonly (readonly [NodeId, RemovedMember])[]
  readonly request: AcceptedRequest | null
  readonly outcomes: readonly RequestOutcome[]
}

export function encodeTable({ configuration, version, members, removed, ...rest }: TableState): Uint8Array {
  const encoded: Encoded = {
    format: 1,
    configuration,
    version,
    members: [...members],
    removed: [...removed],
    request: rest.request,
    outcomes: rest.outcomes,
  }
  return new TextEncoder().encode(JSON.stringify(encoded))
}

/** Throws DecodeError for other bytes, and for the format of a newer version. */
export function decodeTable(bytes: Uint8Array): TableState {
  let encoded: Partial<Encoded>
  try {
    encoded = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new DecodeError('the table of members in the snapshot is damaged', { cause })
  }
  const { format, configuration, version, members, removed, request = null, outcomes } = encoded
  if (format !== 1)
    throw new DecodeError(
      `the table of members has format ${format}, which this version does not know: run a newer version`,
    )
  if (configuration === undefined || version === undefined || !members || !removed || !outcomes)
    throw new DecodeError('the table of members in the snapshot is damaged')
  return {
    configuration,
    version: index(version) as Index,
    members: new Map(members),
    removed: new Map(removed),
    request,
    outcomes,
  }
}

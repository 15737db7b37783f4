// What the stores of members say to each other: an owner renews its leases at the leader, through its member.
//
//   0 renewal      number | owners …          1 answer      number | for each owner: how many leases it has
import { DecodeError } from '@oarlock/runtime'
import { ByteSink } from '../codec/byte-sink.ts'
import { ByteSource } from '../codec/byte-source.ts'
import type { OwnerId } from '../model/requests.ts'

/** `number` names the renewal among those of its sender. */
export type LeaseMessage =
  | { readonly type: 'renewal'; readonly number: number; readonly owners: readonly OwnerId[] }
  | { readonly type: 'answer'; readonly number: number; readonly counts: readonly number[] }

export function encodeLeaseMessage(message: LeaseMessage): Uint8Array {
  const sink = new ByteSink()
  sink.uint(message.type === 'renewal' ? 0 : 1)
  sink.uint(message.number)
  sink.list(message.type === 'renewal' ? message.owners : message.counts, (one) => sink.uint(one))
  return sink.take()
}

/** Throws DecodeError. */
export function decodeLeaseMessage(bytes: Uint8Array): LeaseMessage {
  const source = new ByteSource(bytes)
  const type = source.uint()
  const number = source.uint()
  const list = source.list(() => source.uint())
  source.end()
  if (type === 0) return { type: 'renewal', number, owners: list }
  if (type === 1) return { type: 'answer', number, counts: list }
  throw new DecodeError(`the store's message of type ${type} is unknown`)
}

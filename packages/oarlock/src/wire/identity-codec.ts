// The identity of a member as bytes, as the handshake carries it.
import type { MemberIdentity } from '@oarlock/runtime'
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'
import { namesSize, readNames, writeNames } from './names-codec.ts'

export const identitySize = ({ id, cluster, incarnation, starts, founders }: MemberIdentity): number =>
  stringSize(id) +
  stringSize(cluster) +
  stringSize(incarnation) +
  8 +
  namesSize(starts.recent) +
  namesSize(founders) +
  1 +
  1 +
  8

export function writeIdentity(to: ByteWriter, identity: MemberIdentity): void {
  to.string(identity.id)
  to.string(identity.cluster)
  to.string(identity.incarnation)
  to.u64(identity.starts.count)
  writeNames(to, identity.starts.recent)
  writeNames(to, identity.founders)
  to.bool(identity.purpose === 'election')
  to.bool(identity.kind === 'witness')
  to.f64(identity.electionTimeout)
}

export const readIdentity = (from: ByteReader): MemberIdentity => ({
  id: from.string(),
  cluster: from.string(),
  incarnation: from.string(),
  starts: { count: from.u64(), recent: readNames(from) },
  founders: readNames(from),
  purpose: from.bool() ? 'election' : 'replication',
  kind: from.bool() ? 'witness' : 'full',
  electionTimeout: from.f64(),
})

// A membership change as the bytes of a configuration entry (paper §6: special entries of the log). JSON, as
// these entries are few and people read them. The entry that leaves a joint configuration has no bytes, so
// that it is never refused for its size.
import { leavesJoint, type MembershipChange, MembershipError } from './change.ts'

const kinds: readonly unknown[] = ['voter', 'learner', 'remove', 'update']
const transitions: readonly unknown[] = ['auto', 'implicit', 'explicit']

const leaving: MembershipChange = { transition: 'auto', changes: [] }

export function encodeChange(change: MembershipChange): Uint8Array {
  if (leavesJoint(change)) return new Uint8Array(0)
  // UTF-8 without a platform's TextEncoder: percent-encoding is UTF-8.
  const escaped = encodeURIComponent(JSON.stringify(change))
  const octets = escaped.match(/%..|./g) ?? []
  return Uint8Array.from(octets, (octet) =>
    octet.length === 1 ? octet.charCodeAt(0) : Number.parseInt(octet.slice(1), 16),
  )
}

/** Throws {@link MembershipError} for bytes that are not a change. */
export function decodeChange(bytes: Uint8Array): MembershipChange {
  if (bytes.length === 0) return leaving
  let escaped = ''
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`
  try {
    const change = JSON.parse(decodeURIComponent(escaped)) as MembershipChange
    const valid =
      transitions.includes(change.transition) &&
      change.changes.every(({ kind, id }) => kinds.includes(kind) && typeof id === 'string')
    if (valid) return change
  } catch {
    // Not UTF-8, not JSON, or not of this shape.
  }
  throw new MembershipError('not a membership change')
}

// Membership changes as the cases write them: `v1 l2 r3 u4` (voter, learner, remove, update), and the entries
// that carry them. etcd/raft has two kinds of entry where the core has one; the bytes of an entry say as
// which kind it is shown.
import { encodeChange, type MemberChange, type MembershipChange, type Payload } from '@oarlock/core'

const kinds: Readonly<Record<string, MemberChange['kind']>> = {
  v: 'voter',
  l: 'learner',
  r: 'remove',
  u: 'update',
}

/** A text that is not a list of changes. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

export function parseChanges(input: string): readonly MemberChange[] {
  const tokens = input.split(/\s+/).filter((token) => token !== '')
  return tokens.map((token) => {
    const kind = kinds[token[0]!]
    const id = token.slice(1)
    if (kind === undefined || !/^\d+$/.test(id)) throw new TokenError(`unknown token ${token}`)
    return { kind, id }
  })
}

/** etcd cancels a change by setting its node to 0. The change stays in the entry and does nothing. */
export const isCalledOff = ({ id }: MemberChange): boolean => Number(id) === 0

const letterOf = ({ kind }: MemberChange): string => kind[0]!

export function changePayload(
  changes: readonly MemberChange[],
  { v1, transition }: { v1: boolean; transition: MembershipChange['transition'] },
): Payload {
  const change: MembershipChange = {
    transition,
    changes: changes.map((one) => (isCalledOff(one) ? { kind: 'update', id: one.id } : one)),
  }
  const bytes = encodeChange(change)
  if (bytes.length === 0) return { type: 'configuration', data: bytes }
  // The core reads the change's own fields and no others.
  const shown = [
    v1 ? 'EntryConfChange' : 'EntryConfChangeV2',
    ...changes.map((one) => letterOf(one) + one.id),
  ]
  const data = new TextEncoder().encode(JSON.stringify({ ...change, shown: shown.join(' ') }))
  return { type: 'configuration', data }
}

/**
 * The entry's kind and its changes, as etcd shows them. The core's own entry, which leaves a joint
 * configuration, is empty.
 */
export function describeChange(data: Uint8Array): string {
  if (data.length === 0) return 'EntryConfChangeV2'
  const { shown } = JSON.parse(new TextDecoder().decode(data)) as { shown?: unknown }
  if (typeof shown !== 'string') throw new Error('no case has proposed this configuration entry')
  return shown
}

// The table of members that a member shows, its generation, and how it was started to join: JSON at the end
// of its identity, as it is short and rare. A founder of the first generation sends nothing until the members
// change.
import { index } from '@oarlock/core'
import {
  DecodeError,
  type Generation,
  type Joins,
  type MemberIdentity,
  type ShownMember,
} from '@oarlock/runtime'

type Shown = Pick<MemberIdentity, 'membership' | 'generation' | 'joins'>

export function membershipText({ membership, generation, joins }: Shown): string {
  const isAsFounded = membership === undefined || (membership.version === 0 && !hasAddresses(membership))
  const isFirst = generation === undefined || generation?.number === 0
  if (isAsFounded && isFirst && joins === undefined) return ''
  return JSON.stringify({
    membership: isAsFounded ? undefined : membership,
    generation: isFirst ? undefined : generation,
    joins,
  })
}

/** The answer to somebody that joins. */
const hasAddresses = ({ members }: NonNullable<Shown['membership']>): boolean =>
  Object.values(members).some(({ address }) => address !== null)

/** Throws DecodeError for text that is none. */
export function parseMembership(text: string): Shown {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DecodeError('the table of members is no JSON')
  }
  const { membership, generation, joins } = recordOf(value)
  return {
    ...(membership === undefined ? {} : { membership: shownOf(recordOf(membership)) }),
    ...(generation === undefined ? {} : { generation: generationOf(generation) }),
    ...(joins === undefined ? {} : { joins: joinsOf(recordOf(joins)) }),
  }
}

function shownOf({
  version,
  members,
  removed,
}: Readonly<Record<string, unknown>>): NonNullable<Shown['membership']> {
  if (!Number.isSafeInteger(version) || (version as number) < 0) throw malformed()
  return {
    version: index(version as number),
    members: Object.fromEntries(Object.entries(recordOf(members)).map(([id, its]) => [id, memberOf(its)])),
    removed: Object.fromEntries(Object.entries(recordOf(removed)).map(([id, its]) => [id, textOrNull(its)])),
  }
}

function memberOf(value: unknown): ShownMember {
  const { incarnation, address, awaited, isFirst = false } = recordOf(value)
  return {
    incarnation: textOrNull(incarnation),
    address: textOrNull(address),
    awaited: flagOf(awaited),
    // A member of an older version does not say it.
    isFirst: flagOf(isFirst),
  }
}

function generationOf(value: unknown): Generation | null {
  if (value === null) return null
  const { number, id } = recordOf(value)
  if (!Number.isSafeInteger(number) || (number as number) < 0 || typeof id !== 'string') throw malformed()
  return { number: number as number, id }
}

function joinsOf({ address, as, replaces }: Readonly<Record<string, unknown>>): Joins {
  if (as !== 'voter' && as !== 'learner') throw malformed()
  return { address: textOrNull(address), as, replaces: flagOf(replaces) }
}

const malformed = (): DecodeError => new DecodeError('the table of members is not what a member sends')

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Readonly<Record<string, unknown>>
}

function textOrNull(value: unknown): string | null {
  if (value !== null && typeof value !== 'string') throw malformed()
  return value
}

function flagOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw malformed()
  return value
}

// The cluster that a data directory was founded with. A member that took part in one cluster never takes part
// in another: its log and its votes belong to the first one.
import type { HardState, LogReader, NodeId } from '@oarlock/core'
import type { MemberIdentity, PeerRecord } from '@oarlock/runtime'
import { WrongDataError } from '../errors.ts'

/**
 * What the members of a cluster must agree on, as this one was started with it. No founders: it joins by
 * `seeds`, and learns them.
 */
export type Configuration = Pick<MemberIdentity, 'founders' | 'purpose' | 'kind'>

/** A cluster, and what it was founded with: null if that is not known. */
export interface Founding {
  readonly cluster: string
  readonly configuration: Configuration | null
}

/** The member that a directory belongs to. */
interface Owner {
  readonly directory: string
  readonly id: NodeId
}

/** What the directory holds apart from its founding. */
export interface Participation {
  readonly hardState: HardState
  readonly log: Pick<LogReader, 'lastIndex'>
  readonly record: PeerRecord
}

/**
 * Whether the founding may still be changed, so that a mistake in the first deployment needs no new
 * directory: nothing was voted for, written or founded. A peer that has met this member may have founded the
 * cluster without its knowledge, so it must be among the new founders. It refuses them if it has.
 */
function mayChangeFounding(
  { hardState, log, record }: Participation,
  configuration: Configuration | null,
): boolean {
  const hasTakenPart = hardState.term > 0 || log.lastIndex > 0 || record.founded
  const known = [...record.peers.keys()]
  return !hasTakenPart && known.every((peer) => configuration?.founders.includes(peer) === true)
}

/**
 * The founding of a directory that is opened with `asked`. Throws WrongDataError if the member took part in a
 * cluster that was founded with something else.
 */
export function foundingAfter(
  owner: Owner,
  recorded: Founding,
  asked: Founding,
  participation: Participation,
): Founding {
  const found = differences(recorded, asked, participation.record)
  if (found.length > 0) {
    if (!mayChangeFounding(participation, asked.configuration)) throw otherFounding(owner, found)
    return { cluster: asked.cluster, configuration: asked.configuration ?? recorded.configuration }
  }
  const isNew = recorded.configuration === null && asked.configuration !== null
  return isNew ? asked : recorded
}

/** Null: a directory that has none yet, or a start with `seeds`, which fits any. */
export function foundersOf(
  { founders }: Configuration,
  record?: Pick<PeerRecord, 'founders'>,
): readonly NodeId[] | null {
  return founders.length > 0 ? founders : (record?.founders ?? null)
}

/** What the member took part with, and what it was started with now. */
interface Difference {
  readonly before: string
  readonly now: string
}

function differences(recorded: Founding, asked: Founding, record: PeerRecord): readonly Difference[] {
  const found: Difference[] = []
  const compare = (before: string, now: string): void => {
    if (before !== now) found.push({ before, now })
  }
  compare(`cluster '${recorded.cluster}'`, `cluster '${asked.cluster}'`)
  const [before, now] = [recorded.configuration, asked.configuration]
  if (before === null || now === null) return found
  const founders = foundersOf(now)
  if (founders !== null) compare(wayIn(foundersOf(before, record)), wayIn(founders))
  compare(`purpose '${before.purpose}'`, `purpose '${now.purpose}'`)
  compare(`kind '${before.kind}'`, `kind '${now.kind}'`)
  return found
}

const wayIn = (founders: readonly NodeId[] | null): string =>
  founders === null ? 'seeds' : `the peers ${[...founders].sort().join(', ')}`

function otherFounding({ directory, id }: Owner, found: readonly Difference[]): WrongDataError {
  const before = found.map(({ before }) => before).join(' and ')
  const now = found.map(({ now }) => now).join(' and ')
  return new WrongDataError(
    `${directory} holds the data of member '${id}', which took part with ${before}, and it was started now with ${now}. Start it as before, or point it at its own directory. How a cluster changes its members is in docs/errors.md, “Other members”`,
  )
}

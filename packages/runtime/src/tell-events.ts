// The events of one member, as it tells them to those who watch it.
import { index, type RaftView } from '@oarlock/core'
import { type Latest, type LeaderInfo, type Leadership, sameLeader } from './leadership/index.ts'
import { membershipOf } from './membership-calls.ts'
import type { EventSink, MemberChannel, MemberEvents } from './ports/index.ts'
import type { ReplicaListener } from './replica-init.ts'

/** `fields` is called at once if somebody listens, and never otherwise. */
export type TellEvent = <Name extends MemberChannel>(
  name: Name,
  fields: () => Omit<MemberEvents[Name], 'id' | 'cluster'>,
) => void

export const tellEventsOf =
  (events: EventSink | undefined, of: { readonly id: string; readonly cluster: string }): TellEvent =>
  (name, fields) =>
    events?.publish(name, () => ({ ...of, ...fields() }) as MemberEvents[typeof name])

/** The events that every member has, wherever it runs. */
export function tellOfMember(
  tell: TellEvent,
  leaders: Latest<LeaderInfo | null>,
  closed: Promise<void>,
): void {
  let known = leaders.value
  leaders.listen(() => {
    const { value } = leaders
    if (sameLeader(value, known)) return
    known = value
    tell('oarlock:member:leader', () => ({ leader: value?.id ?? null, fence: value?.fence ?? null }))
  })
  closed.then(
    () => tell('oarlock:member:stopped', () => ({ error: null })),
    (error) => tell('oarlock:member:stopped', () => ({ error })),
  )
}

/** Leadership begins or ends here. */
export const tellOfLeadership = (tell: TellEvent, { fence, signal }: Leadership, held: boolean): void =>
  tell('oarlock:member:leadership', () => ({ held, fence, reason: held ? null : signal.reason }))

/** The events that only its replica knows of. */
export function tellOfReplica(
  tell: TellEvent,
  view: () => RaftView,
): Required<Pick<ReplicaListener, 'electionBegan' | 'membersChanged'>> {
  let version = index(0)
  return {
    electionBegan: (reason, term) => tell('oarlock:member:election', () => ({ reason, term })),
    membersChanged: (table) => {
      if (table.version === version) return
      version = table.version
      tell('oarlock:member:membership', () => ({
        version: table.version,
        members: Object.fromEntries(membershipOf(table, view()).members.map(({ id, kind }) => [id, kind])),
      }))
    },
  }
}

// The input of a run's fingerprint: every event of a core, with the content of its message, and the node's
// state. An entry is included as its place, its length, and the number of its write.
import type {
  Configuration,
  Entry,
  EntryId,
  Event,
  MembershipChange,
  Message,
  MessageType,
  Raft,
} from '@oarlock/core'
import { writeOf } from '../machine/index.ts'
import { mix, mixNumber, mixText } from '../world/index.ts'

const codes: Readonly<Record<MessageType, number>> = {
  append: 1,
  appendResponse: 2,
  vote: 3,
  voteResponse: 4,
  preVote: 5,
  preVoteResponse: 6,
  heartbeat: 7,
  heartbeatResponse: 8,
  snapshot: 9,
  timeoutNow: 10,
  transferLeader: 11,
  propose: 12,
  proposeResponse: 13,
  readIndex: 14,
  readIndexResponse: 15,
}

const localCodes: Readonly<Record<Exclude<Event['type'], 'receive'>, number>> = {
  tick: 20,
  propose: 21,
  campaign: 22,
  transfer: 23,
  forgetLeader: 24,
  persisted: 25,
  applied: 26,
  peerUnreachable: 27,
  activate: 28,
  reconfigure: 29,
  read: 30,
  snapshotReported: 31,
  stepDown: 32,
}

/** Stands for a missing value. */
const NONE = -1

/** A 32-bit digest of an event at this node, and of the node's state after it. */
export function digestOfStep(
  place: number,
  event: Event,
  { term, commit, applied }: Pick<Raft, 'term' | 'commit' | 'applied'>,
): number {
  const known = mix(mix(mix(mix(0, place), term), commit), applied)
  return event.type === 'receive'
    ? withMessage(mixText(known, event.from), event.message)
    : withLocal(mix(known, localCodes[event.type]), event)
}

function withLocal(digest: number, event: Exclude<Event, { type: 'receive' }>): number {
  switch (event.type) {
    case 'tick':
    case 'campaign':
    case 'stepDown':
    case 'forgetLeader':
      return digest
    case 'propose':
      return mix(mix(digest, event.request ?? NONE), event.entries.length)
    case 'transfer':
      return mixText(digest, event.to ?? '')
    case 'persisted':
      return mix(digest, event.write.sequence)
    case 'applied':
    case 'activate':
      return mix(digest, event.index)
    case 'reconfigure':
      return withChange(mix(mix(digest, event.request), event.expected), event.change)
    case 'read':
      return mixText(mix(digest, event.request), event.policy)
    case 'snapshotReported':
      return mix(mixText(digest, event.to), Number(event.failed))
    case 'peerUnreachable':
      return mixText(digest, event.id)
  }
}

function withMessage(digest: number, message: Message): number {
  switch (message.type) {
    case 'append': {
      const { term, prev, commit, entries } = message
      return withEntries(mix(withPlace(begun(digest, codes.append, term), prev), commit), entries)
    }
    case 'appendResponse': {
      const { term, index, rejected, hint } = message
      return withPlace(mix(mix(begun(digest, codes.appendResponse, term), index), Number(rejected)), hint)
    }
    case 'heartbeat': {
      const { term, sentAt, round, commit, successorPriority, heldByAll } = message
      const timed = mixNumber(begun(digest, codes.heartbeat, term), sentAt)
      return mix(mix(mix(mix(timed, round), commit), successorPriority), heldByAll)
    }
    case 'heartbeatResponse': {
      const { term, sentAt, round, priority } = message
      return mix(mix(mixNumber(begun(digest, codes.heartbeatResponse, term), sentAt), round), priority)
    }
    case 'vote':
    case 'preVote': {
      const { type, term, last, transfer } = message
      return mix(withPlace(begun(digest, codes[type], term), last), Number(transfer))
    }
    case 'voteResponse':
    case 'preVoteResponse': {
      const { type, term, granted, committed = null, refusal } = message
      const answered = mix(begun(digest, codes[type], term), Number(granted))
      return mixText(withPlace(answered, committed), refusal?.reason ?? '')
    }
    case 'snapshot': {
      const { term, snapshot } = message
      return withConfiguration(
        withPlace(begun(digest, codes.snapshot, term), snapshot),
        snapshot.configuration,
      )
    }
    case 'timeoutNow':
      return begun(digest, codes.timeoutNow, message.term)
    case 'transferLeader':
      return mixText(begun(digest, codes.transferLeader, message.term), message.to)
    case 'propose':
      return mix(begun(digest, codes.propose, message.request ?? NONE), message.entries.length)
    case 'proposeResponse': {
      const { request, at, reason } = message
      return mixText(withPlace(begun(digest, codes.proposeResponse, request), at), reason ?? '')
    }
    case 'readIndex':
      return mixText(begun(digest, codes.readIndex, message.request), message.policy)
    case 'readIndexResponse':
      return mix(begun(digest, codes.readIndexResponse, message.request), message.index)
  }
}

/** The kind of the message, and its term or request number. */
const begun = (digest: number, code: number, first: number): number => mix(mix(digest, code), first)

const withPlace = (digest: number, place: EntryId | null): number =>
  place === null ? mix(digest, NONE) : mix(mix(digest, place.index), place.term)

/** The indexes follow from the append's `prev`. */
function withEntries(digest: number, entries: readonly Entry[]): number {
  let mixed = mix(digest, entries.length)
  for (const entry of entries)
    mixed = mix(
      mix(mix(mixed, entry.term), entry.data.length),
      entry.type === 'normal' ? writeOf(entry) : NONE,
    )
  return mixed
}

const withChange = (digest: number, { transition, changes }: MembershipChange): number =>
  changes.reduce((mixed, { kind, id }) => mixText(mixText(mixed, kind), id), mixText(digest, transition))

function withConfiguration(digest: number, configuration: Configuration): number {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration
  const halves = [voters, outgoing, learners, learnersNext]
  return halves.reduce((mixed, ids) => mixText(mixed, ids.join(' ')), mix(digest, Number(autoLeave)))
}

// A voter's answer as bytes: a byte of flags (granted, has a reason for the refusal, has the committed
// entry), then the parts that the flags announce.
import type { VoteRefusal, VoteResponse } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'
import { entryIdSize, readEntryId, writeEntryId } from './entry-codec.ts'

type VoteAnswer = Pick<VoteResponse, 'granted' | 'refusal' | 'committed'>

const isGranted = 1
const hasRefusal = 2
const hasCommitted = 4

const tagOfReason = {
  leads: 0,
  'follows-leader': 1,
  promised: 2,
  'term-has-leader': 3,
  'voted-for-other': 4,
  'log-behind': 5,
  'later-term': 6,
} satisfies Record<VoteRefusal['reason'], number>
const reasonOf = new Map(
  Object.entries(tagOfReason).map(([reason, tag]) => [tag, reason as VoteRefusal['reason']]),
)

export function voteAnswerSize({ refusal, committed }: VoteAnswer): number {
  return (
    1 + (refusal === undefined ? 0 : 1 + detailSize(refusal)) + (committed === undefined ? 0 : entryIdSize)
  )
}

export function writeVoteAnswer(to: ByteWriter, { granted, refusal, committed }: VoteAnswer): void {
  to.u8(
    (granted ? isGranted : 0) |
      (refusal === undefined ? 0 : hasRefusal) |
      (committed === undefined ? 0 : hasCommitted),
  )
  if (refusal !== undefined) {
    to.u8(tagOfReason[refusal.reason])
    writeDetail(to, refusal)
  }
  if (committed !== undefined) writeEntryId(to, committed)
}

/** Throws {@link DecodeError}. */
export function readVoteAnswer(from: ByteReader): VoteAnswer {
  const flags = from.u8()
  if (flags > (isGranted | hasRefusal | hasCommitted))
    throw new DecodeError(`the flags ${flags} of a vote response are unknown`)
  return {
    granted: (flags & isGranted) !== 0,
    ...((flags & hasRefusal) !== 0 && { refusal: readRefusal(from) }),
    ...((flags & hasCommitted) !== 0 && { committed: readEntryId(from) }),
  }
}

function readRefusal(from: ByteReader): VoteRefusal {
  const tag = from.u8()
  const reason = reasonOf.get(tag)
  if (reason === undefined) throw new DecodeError(`the reason ${tag} for refusing a vote is unknown`)
  return readDetail(from, reason)
}

function detailSize(refusal: VoteRefusal): number {
  switch (refusal.reason) {
    case 'follows-leader':
      return stringSize(refusal.leader) + 8
    case 'promised':
      return 8 + 1
    case 'term-has-leader':
      return stringSize(refusal.leader)
    case 'voted-for-other':
      return stringSize(refusal.vote)
    case 'log-behind':
      return entryIdSize
    default:
      return 0
  }
}

function writeDetail(to: ByteWriter, refusal: VoteRefusal): void {
  switch (refusal.reason) {
    case 'follows-leader':
      to.string(refusal.leader)
      to.f64(refusal.remaining)
      return
    case 'promised':
      to.f64(refusal.remaining)
      to.bool(refusal.sinceStart)
      return
    case 'term-has-leader':
      return to.string(refusal.leader)
    case 'voted-for-other':
      return to.string(refusal.vote)
    case 'log-behind':
      return writeEntryId(to, refusal.last)
  }
}

function readDetail(from: ByteReader, reason: VoteRefusal['reason']): VoteRefusal {
  switch (reason) {
    case 'follows-leader':
      return { reason, leader: from.string(), remaining: from.f64() }
    case 'promised':
      return { reason, remaining: from.f64(), sinceStart: from.bool() }
    case 'term-has-leader':
      return { reason, leader: from.string() }
    case 'voted-for-other':
      return { reason, vote: from.string() }
    case 'log-behind':
      return { reason, last: readEntryId(from) }
    case 'leads':
    case 'later-term':
      return { reason }
  }
}

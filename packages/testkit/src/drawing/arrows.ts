// The messages: arrows from the sender to the receiver.
import type { Message, MessageType } from '@oarlock/core'
import { describeMessage, describeMessageBriefly, type Flight } from '../telling/index.ts'
import { LANE_GAP, laneX } from './paper.ts'
import type { Timeline } from './timeline.ts'
import { element, textAt, withTitle } from './xml.ts'

/** Each has a colour. An answer has the colour of its request, and a thinner line. */
export type Family = 'append' | 'vote' | 'pre-vote' | 'heartbeat' | 'snapshot' | 'transfer' | 'client'

const families: Readonly<Record<MessageType, Family>> = {
  append: 'append',
  appendResponse: 'append',
  vote: 'vote',
  voteResponse: 'vote',
  preVote: 'pre-vote',
  preVoteResponse: 'pre-vote',
  heartbeat: 'heartbeat',
  heartbeatResponse: 'heartbeat',
  snapshot: 'snapshot',
  timeoutNow: 'transfer',
  transferLeader: 'transfer',
  propose: 'client',
  proposeResponse: 'client',
  readIndex: 'client',
  readIndexResponse: 'client',
}

const isAnswer = (type: MessageType): boolean => type.endsWith('Response')

const isRefusal = (message: Message): boolean =>
  (message.type === 'appendResponse' && message.rejected) ||
  ((message.type === 'voteResponse' || message.type === 'preVoteResponse') && !message.granted)

/** Half a member's line: arrows go from edge to edge. */
const EDGE = 5
/** How far down the arrow of a message goes that was lost at once. */
const STUB = 14

interface Line {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

function lineOf({ from, to, left, arrived, lost }: Flight, timeline: Timeline): Line {
  const towards = to > from ? 1 : -1
  const x1 = laneX(from) + towards * EDGE
  const end = laneX(to) - towards * EDGE
  const y1 = timeline.y(left)
  if (arrived !== null) return { x1, y1, x2: end, y2: timeline.y(arrived) }
  if (lost === left) return { x1, y1, x2: x1 + towards * LANE_GAP * 0.36, y2: y1 + STUB }
  if (lost !== null) return { x1, y1, x2: end - towards * 12, y2: timeline.y(lost) }
  return { x1, y1, x2: x1 + (end - x1) * 0.6, y2: Math.max(timeline.bottom, y1 + STUB) }
}

function head({ x1, y1, x2, y2 }: Line, size: number): string {
  const angle = Math.atan2(y2 - y1, x2 - x1)
  const corner = (turn: number): string =>
    `${(x2 - size * Math.cos(angle + turn)).toFixed(1)} ${(y2 - size * Math.sin(angle + turn)).toFixed(1)}`
  return `M${x2.toFixed(1)} ${y2.toFixed(1)}L${corner(0.42)}L${corner(-0.42)}Z`
}

/** Along the arrow, just before the receiver: there arrows to different members lie apart. */
function words(text: string, { x1, y1, x2, y2 }: Line): string {
  const length = Math.abs(x2 - x1)
  const share = length <= LANE_GAP ? 0.5 : 1 - LANE_GAP / 2 / length
  const x = x1 + (x2 - x1) * share
  const y = y1 + (y2 - y1) * share
  const slope = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI
  // Never upside down.
  const turn = Math.abs(slope) > 90 ? slope - 180 * Math.sign(slope) : slope
  return textAt(x, y - 3.5, text, {
    class: 'words',
    transform: `rotate(${turn.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})`,
  })
}

export function drawArrow(flight: Flight, ids: readonly string[], timeline: Timeline): string {
  const { from, to, message, left, arrived, lost, copy } = flight
  const line = lineOf(flight, timeline)
  const { x1, y1, x2, y2 } = line
  const fate =
    arrived !== null
      ? `takes ${(arrived - left).toFixed(3)} ms${copy ? ', a copy' : ''}`
      : lost !== null
        ? 'lost'
        : 'still on its way'
  const title = `${ids[from]} → ${ids[to]}  ${describeMessage(message)}\n${left.toFixed(3)} ms, ${fate}`
  const looks = [
    'arrow',
    families[message.type],
    isAnswer(message.type) ? 'answer' : 'request',
    isRefusal(message) && 'refusal',
    copy && 'copy',
    arrived === null && (lost === null ? 'flying' : 'lost'),
  ].filter((look) => look !== false)
  const text = describeMessageBriefly(message)
  const size = isAnswer(message.type) ? 7 : 9
  const parts = [
    element('line', { x1, y1, x2, y2, class: 'reach' }),
    element('line', { x1, y1, x2, y2, class: 'shaft' }),
    arrived !== null
      ? element('path', { d: head(line, size), class: 'head' })
      : lost !== null
        ? element('path', { d: crossAt(x2, y2), class: 'end' })
        : '',
    text === null || (lost === left && arrived === null) ? '' : words(text, line),
  ]
  return withTitle(title, parts.join(''), { class: looks.join(' ') })
}

const crossAt = (x: number, y: number): string => `M${(x - 4).toFixed(1)} ${(y - 4).toFixed(1)}l8 8m0 -8l-8 8`

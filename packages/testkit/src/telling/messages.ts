// Messages as text.
import type { Message } from '@oarlock/core'
import { describeEntries, place } from './entries.ts'

export function describeMessage(message: Message): string {
  switch (message.type) {
    case 'append':
      return `append T${message.term} after ${place(message.prev)}: ${describeEntries(message.entries)}, commit ${message.commit}`
    case 'appendResponse':
      return message.rejected
        ? `append refused T${message.term} after ${message.index}, hint ${place(message.hint)}`
        : `append accepted T${message.term} up to ${message.index}`
    case 'vote':
    case 'preVote':
      return `${message.type} T${message.term}? last ${place(message.last)}${message.transfer ? ', by transfer' : ''}`
    case 'voteResponse':
    case 'preVoteResponse':
      return `${message.type === 'voteResponse' ? 'vote' : 'preVote'} ${message.granted ? 'granted' : 'refused'} T${message.term}`
    case 'heartbeat':
      return `heartbeat T${message.term}, commit ${message.commit}, sent at ${message.sentAt.toFixed(1)}`
    case 'heartbeatResponse':
      return `heartbeat answered T${message.term}, sent at ${message.sentAt.toFixed(1)}`
    case 'snapshot':
      return `snapshot T${message.term} of ${place(message.snapshot)}`
    case 'timeoutNow':
      return `timeoutNow T${message.term}`
    case 'transferLeader':
      return `transfer to ${message.to}?`
    case 'propose':
      return `propose #${message.request}`
    case 'readIndex':
      return `read #${message.request}, by ${message.policy}`
    case 'readIndexResponse':
      return `read #${message.request} at ${message.index}`
    case 'proposeResponse':
      return `proposal #${message.request} ${message.at === null ? `refused: ${message.reason}` : `at ${place(message.at)}`}`
  }
}

/** A text short enough for an arrow. Null if the kind of the message says enough. */
export function describeMessageBriefly(message: Message): string | null {
  switch (message.type) {
    case 'append': {
      const first = message.entries[0]
      const last = message.entries.at(-1)
      if (first === undefined || last === undefined) return null
      return first === last ? place(first) : `${place(first)} … ${place(last)}`
    }
    case 'appendResponse':
      return message.rejected ? 'refused' : null
    case 'vote':
      return `vote T${message.term}?`
    case 'preVote':
      return `pre-vote T${message.term}?`
    case 'voteResponse':
    case 'preVoteResponse':
      return message.granted ? 'yes' : 'no'
    case 'snapshot':
      return `snapshot of ${message.snapshot.index}`
    case 'timeoutNow':
      return 'stand now!'
    case 'transferLeader':
      return `transfer to ${message.to}?`
    case 'propose':
      return message.request === null ? 'write' : `write #${message.request}`
    case 'proposeResponse':
      return message.at === null ? 'refused' : null
    case 'readIndex':
      return `read #${message.request}`
    default:
      return null
  }
}

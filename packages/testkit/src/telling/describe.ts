// Events and writes as one-line text for people.
import type { EntryId, Event, Message, NodeId, Persist, Role } from '@oarlock/core'

/** `7@3`: index 7, of term 3. */
const place = ({ index, term }: EntryId): string => `${index}@${term}`

const places = (entries: readonly EntryId[]): string => {
  if (entries.length === 0) return 'nothing'
  if (entries.length <= 6) return entries.map(place).join(' ')
  return `${place(entries[0]!)} … ${place(entries.at(-1)!)} (${entries.length})`
}

export function describeMessage(message: Message): string {
  switch (message.type) {
    case 'append':
      return `append T${message.term} after ${place(message.prev)}: ${places(message.entries)}, commit ${message.commit}`
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

/** Null for what is not worth a line. */
export function describeEvent(id: NodeId, event: Event): string | null {
  switch (event.type) {
    case 'receive':
      return `${id} ← ${event.from}  ${describeMessage(event.message)}`
    case 'tick':
      return `${id} tick`
    case 'propose':
      return `${id} is asked to propose #${event.request}`
    case 'transfer':
      return `${id} is asked to hand over to ${event.to ?? 'anybody'}`
    case 'peerUnreachable':
      return `${id} lost its connection to ${event.id}`
    case 'persisted':
      return `${id} write ${event.write.sequence} durable`
    case 'applied':
      return `${id} applied up to ${event.index}`
    case 'read':
      return `${id} is asked to read #${event.request}, by ${event.policy}`
    case 'reconfigure':
      return `${id} is asked to change the members #${event.request}`
    case 'snapshotReported':
      return `${id} ${event.failed ? 'failed to send' : 'sent'} its snapshot to ${event.to}`
    case 'activate':
      return `${id} puts configuration ${event.index} in force`
    case 'stepDown':
      return `${id} is told to step down`
    case 'campaign':
    case 'forgetLeader':
      return `${id} ${event.type}`
  }
}

/** What somebody wants of a node, in a few words; null: nobody does. */
export function describeRequest(event: Event): string | null {
  switch (event.type) {
    case 'propose':
      return `write #${event.request}`
    case 'read':
      return `read #${event.request} by ${event.policy}`
    case 'reconfigure': {
      const { changes } = event.change
      if (changes.length === 0) return 'leave the joint configuration'
      return `members: ${changes.map(({ kind, id }) => `${kind} ${id}`).join(', ')}`
    }
    case 'transfer':
      return `hand over to ${event.to ?? 'anybody'}`
    case 'campaign':
      return 'campaign'
    default:
      return null
  }
}

export function describeRole(role: Role): string {
  switch (role) {
    case 'leader':
      return 'leads'
    case 'candidate':
      return 'stands for election'
    case 'preCandidate':
      return 'asks for pre-votes'
    case 'follower':
      return 'follows'
  }
}

export function describePersist(
  id: NodeId,
  { write, hardState, snapshot, entries, thenSend }: Persist,
): string {
  const parts: string[] = []
  if (hardState !== null)
    parts.push(`term ${hardState.term} vote ${hardState.vote ?? '–'} commit ${hardState.commit}`)
  if (snapshot !== null) parts.push(`snapshot of ${place(snapshot)}`)
  if (entries.length > 0) parts.push(places(entries))
  if (thenSend.length > 0)
    parts.push(`then ${thenSend.map(({ to, message }) => `${describeMessage(message)} → ${to}`).join('; ')}`)
  return `${id} write ${write.sequence}: ${parts.join(' | ')}`
}

// The events that a core takes in, and its writes, as text.
import type { Event, NodeId, Persist } from '@oarlock/core'
import { describeEntries, place } from './entries.ts'
import { describeMessage } from './messages.ts'

/** A line of the event log. */
export function describeEvent(id: NodeId, event: Event): string {
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

/** The request of a client or an operator to a member; null for any other event. */
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

export function describePersist(
  id: NodeId,
  { write, hardState, snapshot, entries, thenSend }: Persist,
): string {
  const parts: string[] = []
  if (hardState !== null)
    parts.push(`term ${hardState.term} vote ${hardState.vote ?? '–'} commit ${hardState.commit}`)
  if (snapshot !== null) parts.push(`snapshot of ${place(snapshot)}`)
  if (entries.length > 0) parts.push(describeEntries(entries))
  if (thenSend.length > 0)
    parts.push(`then ${thenSend.map(({ to, message }) => `${describeMessage(message)} → ${to}`).join('; ')}`)
  return `${id} write ${write.sequence}: ${parts.join(' | ')}`
}

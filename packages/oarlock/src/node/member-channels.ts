// The events of members, on channels of node:diagnostics_channel.
import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventSink, MemberChannel } from '@oarlock/runtime'

const names: Readonly<Record<MemberChannel, true>> = {
  'oarlock:member:started': true,
  'oarlock:member:leadership': true,
  'oarlock:member:leader': true,
  'oarlock:member:election': true,
  'oarlock:member:membership': true,
  'oarlock:member:snapshot': true,
  'oarlock:member:stall': true,
  'oarlock:member:stopped': true,
}

/**
 * The names of the channels on which members tell what happens to them. `MemberEvents` has their messages.
 */
export const memberChannels: readonly MemberChannel[] = Object.keys(names) as MemberChannel[]

/**
 * Subscribers are called after the turn in which it happened, so that they may call the member. Their errors
 * end the process as uncaught exceptions, as with every channel.
 */
export const eventSink: EventSink = {
  publish(name, message) {
    const to: Channel = channel(name)
    if (!to.hasSubscribers) return
    const told = message()
    queueMicrotask(() => to.publish(told))
  },
}

// Node's event loop, as a replica uses it.
import type { EventLoop } from '@oarlock/runtime'

/** `setImmediate` runs after the poll phase, when everything that lies in the sockets has been delivered. */
export const nodeEventLoop: EventLoop = {
  endOfTurn: (callback) => void setImmediate(callback),
  afterInput: (callback) => void setImmediate(callback),
}

// Node's event loop, as the runtime's port.
import type { EventLoop } from '@oarlock/runtime'

/** `setImmediate` runs after the poll phase, in which Node delivers what waited in the sockets. */
export const nodeEventLoop: EventLoop = {
  endOfTurn: (callback) => void setImmediate(callback),
  afterInput: (callback) => void setImmediate(callback),
}

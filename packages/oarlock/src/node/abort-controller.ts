import { setMaxListeners } from 'node:events'

/** An AbortController whose signal takes any number of listeners. Node 22 warns from the eleventh on. */
export function newAbortController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

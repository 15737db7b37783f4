// Views (node/view.ts) share data with the node. That data is frozen when it is made, which is seldom, so
// that a look costs little and a caller cannot write into a node.

function refuse(): never {
  throw new TypeError('frozen')
}

/** The prototype of a Map that no longer changes: `Object.freeze` alone leaves the entries open. */
export const closed: object = Object.create(Map.prototype, {
  set: { value: refuse },
  delete: { value: refuse },
  clear: { value: refuse },
})

/**
 * Freezes plain data and Maps of it, all through, and returns it. Data that is frozen already is taken to be
 * frozen all through.
 */
export function frozen<T>(value: T): T {
  if (Object.isFrozen(value)) return value // as are all primitives
  const isMap = value instanceof Map
  if (isMap) Object.setPrototypeOf(value, closed)
  for (const part of isMap ? value.values() : Object.values(value as object)) frozen(part)
  return Object.freeze(value)
}

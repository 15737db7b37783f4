// No rule of Raft's: what is shown and must not be written into, for a view (inspect.ts) shares what the node goes on with. That is
// frozen when it is made, which is seldom: looking should cost little.

function refuse(): never {
  throw new TypeError('frozen')
}

/** What a Map inherits from whose entries stay as they are: `Object.freeze` alone leaves them open. */
export const closed: object = Object.create(Map.prototype, {
  set: { value: refuse },
  delete: { value: refuse },
  clear: { value: refuse },
})

/** Freezes plain data, Maps of such among it, through and through; returns it. What is frozen already is taken to be so all through. */
export function frozen<T>(value: T): T {
  if (Object.isFrozen(value)) return value // as all is that is no object
  const isMap = value instanceof Map
  if (isMap) Object.setPrototypeOf(value, closed)
  for (const part of isMap ? value.values() : Object.values(value as object)) frozen(part)
  return Object.freeze(value)
}

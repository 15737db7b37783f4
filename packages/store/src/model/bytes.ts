// Keys and values are bytes, and keys are ordered by them.

/** Below 0: a comes before b. 0: they are the same. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** A copy. `slice` of a Buffer of Node.js would be a view. */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

/** The first key after all those that begin with this prefix. Null: there is none, every later key begins with it. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | null {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i] === 0xff) continue
    const after = copyOf(prefix.subarray(0, i + 1))
    after[i]!++
    return after
  }
  return null
}

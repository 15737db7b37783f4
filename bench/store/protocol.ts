// The messages between a benchmark of the store, and its members and clients. Members and clients take the same loads.

/**
 * A put, a linearizable get, or a transaction with one comparison, a put and a get. `watch`: a put, and then all watchers
 * see it.
 */
export const storeOperations = ['put', 'get', 'transaction', 'watch'] as const
export type StoreOperation = (typeof storeOperations)[number]

export type StoreOrder =
  /** From `concurrency` loops, or to as many watchers, for `seconds` after the warm-up. */
  | {
      readonly type: 'storeLoad'
      readonly operation: StoreOperation
      readonly concurrency: number
      readonly seconds: number
    }
  /** To a client: get leases of `ttl` ms. Their numbers begin with `first`. */
  | { readonly type: 'grant'; readonly first: number; readonly leases: number; readonly ttl: number }
  /** To a client: put as many keys with each of its leases. */
  | { readonly type: 'putKeys'; readonly ofEach: number }
  /** What was sent to other processes since the start. */
  | { readonly type: 'countSent' }
  /** To a member: collect garbage first. */
  | { readonly type: 'measureMemory' }
  /** To a member. */
  | { readonly type: 'takeSnapshot' }
  /** To a member: those that its store has. */
  | { readonly type: 'countKeys' }
  /** To a member: report when its store has so many keys. */
  | { readonly type: 'awaitKeys'; readonly keys: number }

/** To all peers, or to the member that serves a client. */
export interface Sent {
  readonly messages: number
  readonly bytes: number
}

/** In bytes. */
export interface Memory {
  /** On the heap, and in buffers beside it. */
  readonly used: number
  readonly resident: number
}

export type StoreReport =
  | { readonly type: 'granted' }
  | { readonly type: 'keysPut' }
  | { readonly type: 'sent'; readonly sent: Sent }
  | { readonly type: 'memory'; readonly memory: Memory }
  /** `took` is in ms. */
  | { readonly type: 'snapshotTaken'; readonly took: number; readonly bytes: number }
  | { readonly type: 'keys'; readonly keys: number }
  | { readonly type: 'keysAre'; readonly keys: number }

// What places need of the store, over the interface that applications have.
import type { Completion, OarlockError } from '@oarlock/runtime'
import type { Store } from '@oarlock/store'
import type { QueueFeed } from './queue-feed.ts'
import type { Entered, NewPlace, QueueRequests } from './queue-place.ts'

export function queueRequests(kv: Store, root: string, feed: QueueFeed): QueueRequests {
  return {
    enter: (place, completion) => settle(enter(kv, `${root}${place.queue}/`, place), completion),
    leave: ({ key, created }, completion) =>
      settle(
        kv
          .transaction()
          .when(key, 'create', '=', created)
          .then({ delete: key })
          .commit()
          .then(() => {}),
        completion,
      ),
    follow: (queue, changed) => feed.follow(queue, changed),
  }
}

async function enter(
  kv: Store,
  prefix: string,
  { key, value, lease, onlyIfFree }: NewPlace,
): Promise<Entered | null> {
  const transaction = kv.transaction()
  // Of a range without keys everything holds.
  if (onlyIfFree) transaction.when({ prefix }, 'create', '=', 0)
  else transaction.when(key, 'version', '=', 0)
  const lastTwo = { limit: 2, sort: { by: 'create', order: 'descending' }, keysOnly: true } as const
  const { succeeded, revision, results } = await transaction
    .then({ put: key, value, lease }, { get: { prefix }, ...lastTwo })
    .else({ get: key })
    .commit()
  const got = results.at(-1)!
  if (got.type !== 'get') throw new TypeError('not the answer to this transaction')
  if (succeeded) return { created: revision, isFirst: got.items.length === 1 }
  // It was put before, and the answer to that was lost.
  const [there] = got.items
  return there === undefined ? null : { created: there.createRevision, isFirst: onlyIfFree }
}

function settle<Result>(promise: Promise<Result>, { resolve, reject }: Completion<Result>): void {
  promise.then(resolve, (error: OarlockError) => reject(error))
}

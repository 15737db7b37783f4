// The persist agent: what a node must not forget, in IndexedDB, which all tabs of an origin share, so that another tab can bring a node back.
//
// A database for each node: a tab that stands still in the middle of a transaction holds up nobody else. And whoever takes a document over
// owns it: what its owner before still writes is refused, whenever that arrives.
import type { RaftPersistentData } from '@oarlock/raftq'

export interface OwnDocument {
  /** As it was when it was taken over; null: there was none. */
  readonly content: RaftPersistentData | null
  /** Resolves when it is on the disk. Rejects when somebody else has taken the document over, and at the end of `life`. */
  write(content: RaftPersistentData): Promise<void>
  remove(): Promise<void>
}

const prefix = 'oarlock-tabs/'
const store = 'document'

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It is being committed already, and waits for nobody.
  }
}

/** The nodes that have one. */
export async function documentIds(): Promise<readonly string[]> {
  const names = (await indexedDB.databases()).map(({ name = '' }) => name)
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
}

/** Takes it over. When `life` aborts nothing of it is held any more, from that moment on: a frozen tab must not be in anybody's way. */
export async function ownDocument(id: string, life: AbortSignal): Promise<OwnDocument> {
  const opening = indexedDB.open(prefix + id, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(store)
  const database = await result(opening)
  const owner = crypto.randomUUID()
  const open = new Set<IDBTransaction>()

  const end = (): void => {
    for (const transaction of open) abort(transaction)
    database.close()
  }
  life.addEventListener('abort', end, { once: true })

  async function inTransaction<T>(work: (rows: IDBObjectStore) => Promise<T>): Promise<T> {
    life.throwIfAborted()
    // `strict`: on the disk, so that a power cut takes nothing back that was promised.
    const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
    open.add(transaction)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'))
    }).finally(() => open.delete(transaction))
    const [value] = await Promise.all([work(transaction.objectStore(store)), done])
    return value
  }

  const content = await inTransaction(async (rows) => {
    rows.put(owner, 'owner')
    return (await result<RaftPersistentData | undefined>(rows.get('content'))) ?? null
  })
  return {
    content,
    write: (next) =>
      inTransaction(async (rows) => {
        if ((await result(rows.get('owner'))) !== owner) throw new Error(`another tab has taken ${id} over`)
        rows.put(next, 'content')
      }),
    async remove() {
      end()
      await result(indexedDB.deleteDatabase(prefix + id))
    },
  }
}

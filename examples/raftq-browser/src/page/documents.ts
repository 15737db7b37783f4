// The persist agent. It keeps a node's document in IndexedDB, which all tabs of an origin share, so another
// tab can restart the node.
//
// Each node has its own database, so a tab that is blocked in the middle of a transaction holds up no other
// node. A tab that takes a document over becomes its owner, and late writes of the earlier owner are refused.
import type { RaftPersistentData } from '@oarlock/raftq'

export interface OwnDocument {
  /** The content when the document was taken over, or null if there was none. */
  readonly content: RaftPersistentData | null
  /**
   * Resolves when the content is on the disk. Rejects if another tab has taken the document over, or `signal`
   * aborted.
   */
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
    // It is already being committed, so it holds up no other tab.
  }
}

/** The ids of the nodes that have a document. */
export async function documentIds(): Promise<readonly string[]> {
  const names = (await indexedDB.databases()).map(({ name = '' }) => name)
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
}

/**
 * Takes the document over. When `signal` aborts, it is released at once: a frozen tab must not hold up
 * another one.
 */
export async function ownDocument(id: string, signal: AbortSignal): Promise<OwnDocument> {
  const opening = indexedDB.open(prefix + id, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(store)
  const database = await result(opening)
  const owner = crypto.randomUUID()
  const open = new Set<IDBTransaction>()

  const end = (): void => {
    for (const transaction of open) abort(transaction)
    database.close()
  }
  signal.addEventListener('abort', end, { once: true })

  async function inTransaction<T>(work: (rows: IDBObjectStore) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    // `strict` means on the disk, so a power cut cannot undo a promise.
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

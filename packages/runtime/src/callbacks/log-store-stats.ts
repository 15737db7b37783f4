import type { LogStore, LogStoreStats } from '../ports/index.ts'

/** Null: the store does not say. Only for metrics, so nothing stops for it. */
export function logStoreStatsOf(store: Pick<LogStore, 'stats'>): LogStoreStats | null {
  try {
    return store.stats?.() ?? null
  } catch {
    return null
  }
}

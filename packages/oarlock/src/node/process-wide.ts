// A process may load our packages twice: as ES modules and as CommonJS, or in two versions. What the copies share is
// here.

/** The value by that name: the one that another copy has made, or a new one. */
export function processWide<T>(name: string, make: () => T): T {
  const values = globalThis as { [key: symbol]: unknown }
  const key = Symbol.for(`oarlock.${name}`)
  values[key] ??= make()
  return values[key] as T
}

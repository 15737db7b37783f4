// Which package may import which. An arrow only points down (ARCHITECTURE.md, "The layers").

/**
 * For each package, the packages below it that its published sources may import. A new package needs a row.
 */
export const below: Readonly<Record<string, readonly string[]>> = {
  '@oarlock/core': [],
  '@oarlock/runtime': ['@oarlock/core'],
  '@oarlock/store': ['@oarlock/core', '@oarlock/runtime'],
  '@oarlock/recipes': ['@oarlock/core', '@oarlock/runtime', '@oarlock/store'],
  oarlock: ['@oarlock/core', '@oarlock/runtime', '@oarlock/store', '@oarlock/recipes'],
  '@oarlock/redis': ['@oarlock/core', '@oarlock/runtime', 'oarlock'],
  '@oarlock/etcd': ['@oarlock/core', '@oarlock/runtime', '@oarlock/store', '@oarlock/recipes', 'oarlock'],
  '@oarlock/raftq': ['@oarlock/core', '@oarlock/runtime'],
  '@oarlock/nestjs': ['@oarlock/core', '@oarlock/runtime', 'oarlock', '@oarlock/redis'],
  '@oarlock/testkit': ['@oarlock/core', '@oarlock/runtime', '@oarlock/store', '@oarlock/recipes'],
}

/** Tests may import any package. */
export const isTest = (file: string): boolean =>
  file.endsWith('.test.ts') || /^packages\/[^/]+\/test\//.test(file)

/** The problem with `from` importing `to`, if there is one; both are names of packages. */
export function upwardImport(from: string, to: string): string | null {
  const allowed = below[from]
  if (allowed === undefined) return `${from} has no row in test/repository/imports/layers.ts`
  return from === to || allowed.includes(to) ? null : `${from} must not import ${to}`
}

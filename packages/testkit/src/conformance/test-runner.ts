/** The functions of a test runner: Vitest's, Jest's, or node:test's. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

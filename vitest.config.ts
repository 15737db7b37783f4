import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@oarlock/source']
const source = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}

/** In ms. Simulations compute for seconds, and a busy machine takes several times as long. */
const testTimeout = 60_000

/** Legacy decorators with metadata, which Nest needs. */
const decorators = { oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } } }

// The projects `nest10`, `nest11` and `nest12` run the same files on every supported version of Nest. The
// newest version is installed for the whole workspace. Packages of an older version come from test/nest10 or
// test/nest11, if they are there.
/** The default leaves one of two cores to the main thread, which has little to do. */
const maxWorkers = Math.max(2, availableParallelism() - 1)

const nest = (version: 10 | 11 | 12) => {
  const modules = fileURLToPath(new URL(`test/nest${version}/node_modules`, import.meta.url))
  const packages = ['@nestjs/[\\w-]+', 'bullmq'].join('|')
  const from = (name: string) => (existsSync(`${modules}/${name}`) ? `${modules}/${name}` : name)
  return {
    ...source,
    plugins: [
      {
        name: `nest${version}`,
        enforce: 'pre' as const,
        resolveId: {
          filter: { id: new RegExp(`^(${packages})$`) },
          handler(this: { resolve(id: string): unknown }, name: string) {
            return from(name) === name ? null : this.resolve(from(name))
          },
        },
      },
    ],
    ...decorators,
    test: {
      name: `nest${version}`,
      include: ['packages/nestjs/src/**/*.test.ts'],
      exclude: ['**/*.process.test.ts', '**/node_modules/**'],
      pool: 'threads' as const,
      isolate: false,
      maxWorkers,
      testTimeout,
      hookTimeout: testTimeout,
    },
  }
}

/** Process tests that keep all processors busy, or that measure. */
const busy = [
  'bench/**/*.process.test.ts',
  'packages/testkit/src/{commands,workers}/**/*.process.test.ts',
  'test/mutation/**/*.process.test.ts',
]

const processTests = {
  ...source,
  ...decorators,
  test: {
    include: ['**/*.process.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks' as const,
    testTimeout,
    hookTimeout: testTimeout,
  },
}

// `unit`: fast, in threads that share a module graph. `process` and `busy`: tests that need their own process
// (real sockets, signals, child processes), or that compute for long, named *.process.test.ts. Most of them wait
// most of the time, so four files run at once. Those that are `busy` run one at a time, after the others.
export default defineConfig({
  ...source,
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'test/**/*.test.ts',
            'bench/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
          ],
          exclude: ['**/*.process.test.ts', '**/node_modules/**', 'packages/nestjs/**'],
          pool: 'threads',
          isolate: false,
          maxWorkers,
          testTimeout,
          hookTimeout: testTimeout,
        },
      },
      nest(10),
      nest(11),
      nest(12),
      {
        ...processTests,
        test: {
          ...processTests.test,
          name: 'process',
          exclude: [...processTests.test.exclude, ...busy],
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...processTests,
        test: {
          ...processTests.test,
          name: 'busy',
          include: busy,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

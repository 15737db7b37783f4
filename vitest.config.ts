import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@oarlock/source']
const source = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}

/** Legacy decorators with metadata, which Nest needs. */
const decorators = { oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } } }

// The projects `nest10`, `nest11` and `nest12` run the same files on every supported version of Nest. The
// newest version is installed for the whole workspace. Packages of an older version come from test/nest10 or
// test/nest11, if they are there.
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
    },
  }
}

// `unit`: fast, in threads that share a module graph. `process`: tests that need their own process
// (real sockets, signals, child processes), named *.process.test.ts.
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
        },
      },
      nest(10),
      nest(11),
      nest(12),
      {
        ...source,
        ...decorators,
        test: {
          name: 'process',
          include: ['**/*.process.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
    ],
  },
})

// An application of NestJS over Redis, bundled to one file that runs.
import { writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import webpack from 'webpack'

/** Prints the fence of its first leadership. Its arguments are the address of a Redis and a prefix. */
const application = `
import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { LeaderElectionService, OarlockModule } from '@oarlock/nestjs'

class AppModule {}
const [redis, prefix] = process.argv.slice(2)
Module({ imports: [OarlockModule.forRoot({ redis, prefix })] })(AppModule)

async function main() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] })
  app.enableShutdownHooks()
  const leadership = await app.get(LeaderElectionService).waitForLeadership(AbortSignal.timeout(20_000))
  console.log('leads with fence', leadership.fence)
  await app.close()
}
main()
`

/** Optional packages that Nest loads if they are installed. */
const optional = ['@nestjs/microservices', '@nestjs/websockets', 'class-transformer', 'class-validator']
const isOptional = (id: string): boolean => optional.some((name) => id === name || id.startsWith(`${name}/`))

interface Bundling {
  readonly entry: string
  readonly output: string
  /** Packages that stay outside. */
  readonly external: readonly string[]
}

type Bundler = (bundling: Bundling) => Promise<void>

const bundlers: Readonly<Record<string, Bundler>> = {
  async esbuild({ entry, output, external }) {
    await build({
      entryPoints: [entry],
      outfile: output,
      bundle: true,
      platform: 'node',
      external: [...external, ...optional.flatMap((name) => [name, `${name}/*`])],
      logLevel: 'silent',
    })
  },

  async webpack({ entry, output, external }) {
    const compiler = webpack({
      entry,
      output: { path: join(output, '..'), filename: output.split('/').at(-1)! },
      target: 'node',
      mode: 'none',
      // One file: import() has no chunk of its own.
      module: { parser: { javascript: { dynamicImportMode: 'eager' } } },
      devtool: false,
      externals: [
        ({ request = '' }, done) =>
          external.includes(request) || isOptional(request) ? done(undefined, `commonjs ${request}`) : done(),
      ],
    })!
    const stats = await new Promise<webpack.Stats>((resolve, reject) =>
      compiler.run((error, done) => (error === null ? resolve(done!) : reject(error))),
    )
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
  },

  async rolldown({ entry, output, external }) {
    const bundle = await rolldown({
      input: entry,
      platform: 'node',
      external: (id) => external.includes(id) || isOptional(id) || isBuiltin(id),
    })
    await bundle.write({ file: output, format: 'cjs', codeSplitting: false })
    await bundle.close()
  },
}
export const bundlerNames: readonly string[] = Object.keys(bundlers)

/** Writes the application into `folder`, bundles it, and resolves with the file. */
export async function bundle(name: string, folder: string, external: readonly string[]): Promise<string> {
  const entry = join(folder, 'main.mjs')
  writeFileSync(entry, application)
  const output = join(folder, `${name}-${external.length}.cjs`)
  await bundlers[name]!({ entry, output, external })
  return output
}

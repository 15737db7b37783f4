// The bytes that a browser loads: a package with everything it imports, bundled, minified and gzipped.
import { dirname, join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { table, whole } from './table.ts'

const packages = join(dirname(import.meta.dirname), 'packages')

/** The limit for @oarlock/raftq, in gzipped bytes. */
export const limit = 25_000

/** Sizes in bytes. */
export interface BundleSize {
  readonly what: string
  readonly minified: number
  readonly gzipped: number
}

async function bundle(folder: string): Promise<string> {
  const build = await rolldown({
    input: join(packages, folder, 'src/index.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['@oarlock/source', 'import', 'default'] },
  })
  const { output } = await build.generate({ format: 'es', minify: true, comments: false })
  await build.close()
  const [{ code, imports }, ...others] = output
  if (imports.length > 0 || others.length > 0)
    throw new Error(`the bundle of ${folder} is not one file without imports`)
  return code
}

export async function measureBundles(): Promise<readonly BundleSize[]> {
  const measure = async (what: string, folder: string): Promise<BundleSize> => {
    const code = await bundle(folder)
    const gzipped = gzipSync(code, { level: constants.Z_BEST_COMPRESSION }).length
    return { what, minified: Buffer.byteLength(code), gzipped }
  }
  return [
    await measure('`@oarlock/core` alone, whole', 'core'),
    await measure('`@oarlock/raftq`, with what it uses of core and runtime', 'raftq'),
  ]
}

export const sizeTable = (sizes: readonly BundleSize[]): string =>
  table(
    ['bytes', 'minified', 'and gzipped'],
    sizes.map(({ what, minified, gzipped }) => [what, whole(minified), whole(gzipped)]),
  )

const marked = /(?<=<!-- npm run size -->\n)[\s\S]*?(?=\n<!-- \/npm run size -->)/

/** The document with the table between its markers. Throws if they are missing. */
export function publish(document: string, sizes: readonly BundleSize[]): string {
  if (!marked.test(document))
    throw new Error('the document has no <!-- npm run size --> … <!-- /npm run size -->')
  return document.replace(marked, () => sizeTable(sizes))
}

/** The gzipped sizes in the document, row by row. */
export const publishedSizes = (document: string): readonly number[] =>
  (marked.exec(document)?.[0] ?? '')
    .split('\n')
    .slice(2)
    .map((row) => Number(row.split('|').at(-2)?.replaceAll(',', '')))

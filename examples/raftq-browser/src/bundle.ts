// Bundles the page from its sources.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const page = join(import.meta.dirname, 'page')

export interface File {
  readonly type: string
  readonly body: string
}

/** The files by their paths. Throws if a source does not bundle. */
export async function bundle(): Promise<ReadonlyMap<string, File>> {
  const build = await rolldown({
    input: [join(page, 'main.ts'), join(page, 'clock-worker.ts')],
    platform: 'browser',
    resolve: { conditionNames: ['@oarlock/source', 'import', 'default'] },
  })
  const { output } = await build.generate({ format: 'es', sourcemap: 'inline' })
  await build.close()
  const files = new Map<string, File>([
    ['/', { type: 'text/html', body: readFileSync(join(page, 'index.html'), 'utf8') }],
    ['/style.css', { type: 'text/css', body: readFileSync(join(page, 'style.css'), 'utf8') }],
  ])
  for (const file of output)
    if (file.type === 'chunk') files.set(`/${file.fileName}`, { type: 'text/javascript', body: file.code })
  return files
}

// The files of this repository: those that git tracks, and new ones that it does not ignore.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const ignored = new Set(['.git', '.cache', '.runs', 'node_modules', 'dist', 'cjs'])

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const path = join(folder, item.name)
    if (ignored.has(item.name) || item.name.endsWith('.tsbuildinfo')) return []
    return item.isDirectory() ? walk(path) : [relative(root, path)]
  })
}

/** Paths relative to the root, without ignored files. Works in a copy without git, too. */
export function repositoryFiles(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' })
    const gone = new Set(deleted.split('\0'))
    return listed.split('\0').filter((path) => path !== '' && !gone.has(path))
  } catch {
    return walk(root)
  }
}

// Which Node can run this repository's TypeScript: this one if it is new enough, else the one among the installed packages.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules')

/** What to tell a person when there is none. */
export const noSuitableNode = `oarlock: needs Node 22.18 or later (this is ${process.version}): run \`npm ci\`, which brings one, or use a newer Node\n`

/** The path of a Node of version 22.18 or later, or null. */
export function suitableNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  const [system, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node']
  // The one for Apple's processors goes by another name.
  const names = [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]
  return names.map((name) => join(modules, name, 'bin', program)).find(existsSync) ?? null
}

// Finds a Node that can run this repository's TypeScript: the one that runs npm or this process, or else the one among
// the installed packages.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules')

/** The message for a machine that has none. */
export const noSuitableNode = `oarlock: needs Node 22.18 or later (this is ${process.version}): run \`npm ci\`, which brings one, or use a newer Node\n`

/** Whether a Node of this version strips types. */
function isSuitable(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/**
 * The Node that runs npm, if it is suitable. In a script of npm, `node` is the one among the installed
 * packages: its folder comes first on the PATH. So a test on Node 22 or 26 would run on 24.
 */
function nodeOfNpm() {
  const { npm_node_execpath: path, npm_config_user_agent: agent = '' } = process.env
  const version = / node\/v(\S+)/.exec(agent)?.[1]
  return path && version && isSuitable(version) && existsSync(path) ? path : null
}

/** The Node among the installed packages, or null. */
function installedNode() {
  const [system, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node']
  // The package for Apple's processors has another name.
  const names = [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]
  return names.map((name) => join(modules, name, 'bin', program)).find(existsSync) ?? null
}

/** The path of a Node of version 22.18 or later, or null. */
export function suitableNode() {
  return nodeOfNpm() ?? (isSuitable(process.versions.node) ? process.execPath : installedNode())
}

// Runs a TypeScript entry of this repository without a build: node scripts/run.mjs <entry.ts> [arguments].
// The entry needs a Node that strips types (22.18 and later), and the condition that resolves the packages to their
// sources. This file is plain JavaScript, so that Node 20 can run it and find such a Node among the installed packages.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { noSuitableNode, suitableNode } from './suitable-node.mjs'

/** Runs Node as a child, and passes on the terminal, signals and the exit code. */
function supervise(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' })
  // On a terminal, Ctrl-C reaches the child by itself. This process only has to wait for it.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', () => {
    if (!onTerminal) child.kill('SIGINT')
  })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('error', (error) => {
    process.stderr.write(`oarlock: ${node} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

// A fresh clone has nothing installed. npm writes this file last.
if (!existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))) await import('./install.mjs')
if (process.exitCode) process.exit()

const node = suitableNode()
const args = ['--conditions=@oarlock/source', ...process.argv.slice(2)]
if (process.argv.length < 3) {
  process.stderr.write('usage: node scripts/run.mjs <entry.ts> [arguments]\n')
  process.exit(2)
} else if (!node) {
  process.stderr.write(noSuitableNode)
  process.exit(1)
} else if (process.execve && process.platform !== 'win32') {
  // Become the process of the entry, so that there is nothing to pass on.
  process.removeAllListeners('warning')
  process.execve(node, [node, ...args])
} else {
  supervise(node, args)
}

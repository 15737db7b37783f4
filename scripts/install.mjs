// Installs the dependencies if they are missing. It runs before `npm start` and `npm test`, so that a fresh clone needs
// no other command. It is plain JavaScript for Node 20 and later, because nothing is installed when it runs.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively } from './exclusively.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const lockFile = join(root, 'package-lock.json')
const stampFile = join(modules, '.oarlock-install')

/** Identifies what to install: the lock file, for this kind of machine. */
const wanted = createHash('sha256')
  .update(readFileSync(lockFile))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex')

const isStamped = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted
const stamp = () => writeFileSync(stampFile, wanted)

/** Whether npm, started by hand, has installed exactly what the lock file asks for on this machine. */
function installedByHand() {
  const list = join(modules, '.package-lock.json')
  if (!existsSync(list)) return false
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages
  const locked = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const same = (path) =>
    installed[path]?.version === locked[path]?.version &&
    installed[path]?.integrity === locked[path]?.integrity
  const isNeeded = ([path, { optional, os = [process.platform], cpu = [process.arch] }]) =>
    path.startsWith('node_modules/') &&
    (!optional ||
      (os.includes(process.platform) && cpu.includes(process.arch) && path.startsWith('node_modules/node-')))
  return (
    Object.entries(locked)
      .filter(isNeeded)
      .every(([path]) => path in installed && same(path)) &&
    Object.keys(installed).every((path) => path in locked && same(path))
  )
}

/** The environment without node_modules/.bin, so that npm does not run on a Node that it is about to delete. */
function outsideEnvironment() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  const outside = (process.env[name] ?? '')
    .split(delimiter)
    .filter((folder) => !`${folder}${sep}`.startsWith(modules + sep))
  return { ...process.env, [name]: outside.join(delimiter) }
}

/**
 * Resolves with npm's exit code and what it said. EBADENGINE warnings stay below the log level: Node 24 is
 * among what is installed.
 */
function npmCi() {
  return new Promise((resolve) => {
    const child = spawn('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: root,
      env: outsideEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    const chunks = []
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => chunks.push(chunk))
    const forward = () => child.kill('SIGTERM')
    process.once('SIGTERM', forward)
    child.once('error', (error) =>
      resolve({ code: 1, output: `npm could not be started: ${error.message}\n` }),
    )
    child.once('close', (code, signal) => {
      process.off('SIGTERM', forward)
      resolve({
        code: code ?? 1,
        output: Buffer.concat(chunks).toString() + (signal ? `npm was ended by ${signal}\n` : ''),
      })
    })
  })
}

async function install() {
  if (isStamped()) return 0 // another process installed while this one waited
  if (installedByHand()) {
    stamp()
    return 0
  }
  const start = performance.now()
  process.stderr.write('oarlock: installing the dependencies (npm ci) ... ')
  const { code, output } = await npmCi()
  if (code === 0) {
    mkdirSync(modules, { recursive: true })
    stamp()
    process.stderr.write(`done in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  } else {
    process.stderr.write(`failed (exit code ${code}):\n${output}`)
  }
  return code
}

if (!isStamped()) process.exitCode = await exclusively(`install ${root}`, install)

// `npm test`: the types, the lint rules, then every test; each is run even if one before it failed.
// Arguments go to Vitest: npm test -- packages/core -t elects
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { noSuitableNode, suitableNode } from './suitable-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
/** What Vitest found, for those who want it without reading the terminal. */
const report = join(root, '.cache', 'vitest.json')

const node = suitableNode()
if (!node) {
  process.stderr.write(noSuitableNode)
  process.exit(1)
}

const steps = [
  ['types', 'typescript/bin/tsc', ['-b', '--pretty']],
  ['lint', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
  ['unused code', 'knip/bin/knip.js', []],
  [
    'tests',
    'vitest/vitest.mjs',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  ],
]

let child
let stopped = false
process.on('SIGINT', () => {
  stopped = true // a terminal's Ctrl-C reaches the child too
})
process.on('SIGTERM', () => {
  stopped = true
  child?.kill('SIGTERM')
})

/** Resolves with whether the tool succeeded. */
function run(tool, args) {
  return new Promise((resolve) => {
    child = spawn(node, [join(modules, tool), ...args], {
      cwd: root,
      env: { ...process.env, PATH: join(modules, '.bin') + delimiter + process.env.PATH },
      stdio: 'inherit',
    })
    child.once('error', () => resolve(false))
    child.once('close', (code) => resolve(code === 0))
  })
}

mkdirSync(dirname(report), { recursive: true })
rmSync(report, { force: true })

const summary = []
let failed = false
for (const [name, tool, args] of steps) {
  process.stdout.write(`\n── ${name}\n`)
  const start = performance.now()
  const passed = await run(tool, args)
  if (stopped) process.exit(130)
  failed ||= !passed
  summary.push(
    `${passed ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`,
  )
}
process.stdout.write(`\n${summary.join('\n')}\n`)
process.exitCode = failed ? 1 : 0

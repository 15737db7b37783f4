// `npm test`: the types, the lint rules, unused code, then the tests. Each step runs even if one before it
// failed. Arguments go to Vitest: npm test -- packages/core -t elects
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { noSuitableNode, suitableNode } from './suitable-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
/** Vitest's results as JSON, which .ci/run reads. */
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
  stopped = true // on a terminal, Ctrl-C reaches the child by itself
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

process.stdout.write(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`)
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

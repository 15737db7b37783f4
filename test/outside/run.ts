// Runs the outside cases under a directory, whatever their kind: a line a file, and the first difference of each that
// fails. Exit code 1 if one fails, 2 if there is nothing to run.
//
//   npm run outside -- DIR
import { existsSync } from 'node:fs'
import { explain, findCases, runCase } from './cases.ts'

const root = process.argv[2]
const cases = root !== undefined && existsSync(root) ? findCases(root) : []
if (cases.length === 0) {
  console.error(root === undefined ? 'usage: npm run outside -- DIR' : `no case files in ${root}`)
  process.exit(2)
}

let failed = 0
for (const found of cases) {
  const { directives, failure } = runCase(found)
  if (failure === null) console.log(`ok       ${found.name} (${directives} directives)`)
  else {
    failed++
    console.log(`FAILED   ${explain(found, failure)}`)
  }
}
console.log(`${cases.length - failed} ok, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

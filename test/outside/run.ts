// Runs the outside cases of a directory (with quorum/, confchange/ and interaction/ in it): a line a file, and the first
// difference of each that fails. Exit code 1 if any fails; a case that is put off does not count, unless it passes.
//
//   node --conditions=@oarlock/source test/outside/run.ts DIR
import { relative } from 'node:path'
import { explain, findCases, runCase } from './cases.ts'

const root = process.argv[2]
if (root === undefined) {
  console.error('usage: node --conditions=@oarlock/source test/outside/run.ts DIR')
  process.exit(2)
}

const counts = { ok: 0, failed: 0, 'not yet': 0 }
for (const found of findCases(root)) {
  const { directives, failure } = runCase(found)
  const name = relative(root, found.path)
  if (found.putOff !== null && failure !== null) {
    counts['not yet']++
    console.log(`not yet  ${name}: ${found.putOff}`)
  } else if (failure !== null) {
    counts.failed++
    console.log(`FAILED   ${explain(name, failure)}`)
  } else if (found.putOff !== null) {
    counts.failed++
    console.log(`FAILED   ${name}: passes, yet it is put off (${found.putOff})`)
  } else {
    counts.ok++
    console.log(`ok       ${name} (${directives} directives)`)
  }
}
if (counts.ok + counts.failed + counts['not yet'] === 0) {
  console.error(`no case files in ${root}`)
  process.exit(2)
}
console.log(`${counts.ok} ok, ${counts.failed} failed, ${counts['not yet']} not yet`)
process.exitCode = counts.failed > 0 ? 1 : 0

// npm run api: compares the reports of the public types with the declarations; with --update it writes them.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { read, root } from '../files.ts'
import { compile, reported, reportFile, reportOf } from './report.ts'

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } })
compile()
const changed = reported.filter((folder) => {
  const file = reportFile(folder)
  const report = reportOf(folder)
  if (existsSync(join(root, file)) && read(file) === report) return false
  if (values.update) writeFileSync(join(root, file), report)
  process.stdout.write(`${file} ${values.update ? 'is written' : 'is out of date'}\n`)
  return true
})
if (changed.length === 0) process.stdout.write(`${reported.length} reports are up to date\n`)
else if (!values.update) {
  process.stdout.write('npm run api -- --update writes them\n')
  process.exitCode = 1
}

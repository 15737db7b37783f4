// Prints what .ci/run ends with: each failed test with the first lines of its message, then the counts. CI keeps only the
// last lines of the output. node scripts/failures.mjs <Vitest's report as JSON>
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** The most lines that the failures fill, and the most columns of a line. */
const height = 20
const width = 200

/** The lines of a message, without its stack and without empty lines. */
function linesOf(message) {
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  const stack = lines.findIndex((line) => /^ {4}at /.test(line))
  return stack < 0 ? lines : lines.slice(0, stack)
}

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
  const file = relative(process.cwd(), name)
  const tests = assertionResults
    .filter((test) => test.status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      title: `${file} > ${fullName}`,
      lines: linesOf(failureMessages[0] ?? ''),
    }))
  // A file that could not be loaded has no tests, and a hook may fail beside tests that pass.
  return tests.length > 0 || status !== 'failed' ? tests : [{ title: file, lines: linesOf(message) }]
})

// Every failure gets the same number of lines.
const shown = failures.slice(0, failures.length <= height / 2 ? failures.length : height / 2 - 1)
const share = Math.floor(height / shown.length) - 1
for (const { title, lines } of shown) {
  console.log(`✘ ${title}`.slice(0, width))
  for (const line of lines.slice(0, share)) console.log(`  ${line}`.slice(0, width))
}
if (shown.length < failures.length) console.log(`✘ and ${failures.length - shown.length} more`)

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report
console.log(
  `tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped`,
)

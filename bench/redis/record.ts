// Writes docs/redis-measured.md: one section per scenario, so that a long run can be split.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { olderVersion } from './contender.ts'

const path = join(dirname(dirname(import.meta.dirname)), 'docs', 'redis-measured.md')

const begins = (name: string): string => `<!-- measured: ${name} -->`
const ends = '<!-- end -->'

const preface = `# Elections over Redis, measured

Each package runs in three processes, with default settings and a real Redis on the same machine. \`nestjs-leader-election\` is
@bonkboykz/nestjs-leader-election ${olderVersion} from npm. Both take turns in the same run, on the same Redis. The older package's Nest 9 needs a function
that Node 23 removed (\`util.isString\`), so the benchmark puts it back.

All times are from the machine's monotonic clock, taken in the process where the event happens. Our package leads while \`held\` is true. That
depends on a deadline, so the end is known exactly, even if the process could not look. The older package leads while \`isLeader()\` says so; it is asked every millisecond.
`

/** `flags`: the command line, so that the run can be repeated. */
export function record(
  measured: readonly { readonly name: string; readonly text: string }[],
  flags: readonly string[],
  redis: string,
): string {
  const cores = availableParallelism()
  const machine = `Node ${process.versions.node}, Redis ${redis}, ${platform()} ${arch()}, ${cores} ${cores === 1 ? 'core' : 'cores'} for all processes together`
  const written = existsSync(path) ? readFileSync(path, 'utf8') : preface
  const text = measured.reduce((document, { name, text }) => {
    const command = `npm run bench:redis -- ${flags.join(' ')}`.trim()
    return withSection(document, name, `${text}\n\n\`${command}\`, on ${machine}.`)
  }, written)
  writeFileSync(path, text)
  return path
}

/** Replaces the section of that name, or adds it at the end. */
export function withSection(document: string, name: string, text: string): string {
  const section = `${begins(name)}\n\n${text}\n\n${ends}`
  const from = document.indexOf(begins(name))
  if (from === -1) return `${document.trimEnd()}\n\n${section}\n`
  const until = document.indexOf(ends, from)
  if (until === -1) throw new Error(`docs/redis-measured.md: the section '${name}' has no end`)
  return document.slice(0, from) + section + document.slice(until + ends.length)
}

// docs/redis-measured.md: a section a scenario, written when it was measured, so that a long run can be had in pieces.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { olderVersion } from './contender.ts'

const path = join(dirname(dirname(import.meta.dirname)), 'docs', 'redis-measured.md')

const begins = (name: string): string => `<!-- measured: ${name} -->`
const ends = '<!-- end -->'

const preface = `# Elections over Redis, measured

Three processes each, by default settings, with a real Redis on the same machine. \`nestjs-leader-election\` is @bonkboykz/nestjs-leader-election ${olderVersion} from npm,
which has its turns in the same run, on the same Redis; its Nest 9 needs a function that Node 23 has taken away (\`util.isString\`), which is given back to it.

All times are of the machine's one monotonic clock, taken in the process where the thing happens. Ours leads while \`held\` is true, which is a matter of its deadline and so is known
also where nobody could ask; the older one while \`isLeader()\` says so, asked every millisecond.
`

/** `flags`: as given, so that it can be measured again. */
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

/** With that section in place of the one of the same name, or at the end. */
export function withSection(document: string, name: string, text: string): string {
  const section = `${begins(name)}\n\n${text}\n\n${ends}`
  const from = document.indexOf(begins(name))
  if (from === -1) return `${document.trimEnd()}\n\n${section}\n`
  const until = document.indexOf(ends, from)
  if (until === -1) throw new Error(`docs/redis-measured.md: the section '${name}' has no end`)
  return document.slice(0, from) + section + document.slice(until + ends.length)
}

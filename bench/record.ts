// Writes what was measured into RESULTS.md: a section for each part, with the command that measured it.
import { readFileSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, platform } from 'node:os'
import { join } from 'node:path'

/** The document with this section in place of the one with the same heading, or at the end. */
export function withSection(document: string, heading: string, body: string): string {
  const section = `## ${heading}\n\n${body.trim()}\n`
  const parts = document.trimEnd().split(/^(?=## )/m)
  const at = parts.findIndex((part) => part.startsWith(`## ${heading}\n`))
  if (at < 0) return `${document.trimEnd()}\n\n${section}`
  const all = parts.map((part, n) => (n === at ? `${section}\n` : part))
  return `${all.join('').trimEnd()}\n`
}

/** The command that runs, without the flags of this file. */
function command(script: string): string {
  const flags = process.argv
    .slice(2)
    .filter((flag) => flag !== '--record' && !flag.startsWith('--note='))
    .join(' ')
  return `npm run ${script}${flags === '' ? '' : ` -- ${flags}`}`
}

/** `remark`: what else must be known of the figures, such as other work on the machine. */
export function record(script: string, heading: string, remark: string, results: string): void {
  const file = join(import.meta.dirname, 'RESULTS.md')
  const cores = availableParallelism()
  const about = `Measured with \`${command(script)}\`, on Node ${process.versions.node}, ${platform()} ${arch()}, ${cores} ${cores === 1 ? 'core' : 'cores'} for all processes together.`
  const body = `${about}${remark === '' ? '' : ` ${remark}`}\n\n${results}`
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), heading, body))
}

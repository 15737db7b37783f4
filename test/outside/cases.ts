// Runs case files: what kind of case a file holds, and the verdict on it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './commands.ts'
import { firstDifference } from './compare.ts'
import { ConfigurationCase } from './confchange.ts'
import { type Directive, parseCases } from './datadriven.ts'
import { Environment } from './environment.ts'
import { quorumAnswer, quorumOutput } from './quorum.ts'

interface Difference {
  readonly expected: string
  readonly got: string
}

/** A directive whose output is not the expected one. */
export interface Failure extends Difference {
  readonly line: number
  readonly directive: string
}

export interface Verdict {
  readonly directives: number
  readonly failure: Failure | null
}

/** Begins a file: a function that runs its directives one by one and says what differs. */
type Runner = () => (directive: Directive) => Difference | null

const interaction: Runner = () => {
  const environment = new Environment()
  return (directive) => firstDifference(directive.expected, runCommand(environment, directive))
}

const quorum: Runner = () => (directive) => {
  const expected = quorumAnswer(directive.expected)
  const got = quorumOutput(directive)
  return got === expected ? null : { expected, got }
}

const confchange: Runner = () => {
  const configuration = new ConfigurationCase()
  return (directive) => firstDifference(directive.expected, configuration.run(directive))
}

/** A file's first command tells what it is about. */
function runnerFor({ command }: Directive): Runner {
  if (command === 'committed' || command === 'vote') return quorum
  if (command === 'simple' || command === 'enter-joint' || command === 'leave-joint') return confchange
  return interaction
}

export interface CaseFile {
  /** Relative to where it was looked for. */
  readonly name: string
  readonly path: string
}

/** The case files under `root`, in its folders too. */
export function findCases(root: string): readonly CaseFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => ({ name, path: join(root, name) }))
}

export function runCase({ path }: CaseFile): Verdict {
  const directives = parseCases(readFileSync(path, 'utf8'))
  const first = directives[0]
  if (first === undefined) return { directives: 0, failure: null }
  const differenceIn = runnerFor(first)()
  for (const directive of directives) {
    const difference = attempt(directive, differenceIn)
    if (difference !== null)
      return {
        directives: directives.length,
        failure: { line: directive.line, directive: directive.text, ...difference },
      }
  }
  return { directives: directives.length, failure: null }
}

/** A node that stops, or a command that cannot be run, is a difference too. */
function attempt(
  directive: Directive,
  differenceIn: (directive: Directive) => Difference | null,
): Difference | null {
  try {
    return differenceIn(directive)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { expected: directive.expected, got: error.stack ?? error.message }
  }
}

export function explain({ name }: CaseFile, { line, directive, expected, got }: Failure): string {
  const quote = (text: string): string => text.replaceAll(/^/gm, '    ')
  return `${name}:${line}: ${directive}\n  expected\n${quote(expected)}\n  got\n${quote(got)}`
}

// Runs case files: finds out which kind of case a file holds, and gives a verdict on it.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runCommand } from './commands.ts'
import { firstDifference } from './compare.ts'
import { ConfigurationCase } from './confchange.ts'
import { CaseError, type Directive, FormatError, parseCases } from './datadriven.ts'
import { Environment } from './environment.ts'
import { quorumAnswer, quorumOutput } from './quorum.ts'

interface Difference {
  readonly expected: string
  readonly got: string
}

/** The reason why a file fails. */
export interface Failure {
  /** The line of the file. Null: the file cannot be read. */
  readonly line: number | null
  /** One line for people, with details indented below it. */
  readonly reason: string
}

export interface Verdict {
  readonly directives: number
  readonly failure: Failure | null
}

/**
 * Begins a file. The returned function runs its directives one by one, and returns how the output differs.
 */
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

/** The first command of a file tells its kind. */
function runnerFor({ command }: Directive): Runner {
  if (command === 'committed' || command === 'vote') return quorum
  if (command === 'simple' || command === 'enter-joint' || command === 'leave-joint') return confchange
  return interaction
}

export interface CaseFile {
  /** Relative to the path that was searched. */
  readonly name: string
  readonly path: string
}

/** `path` itself if it is a file, otherwise the case files in it and in its folders. */
export function findCases(path: string): readonly CaseFile[] {
  if (!statSync(path).isDirectory()) return [{ name: basename(path), path }]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => ({ name, path: join(path, name) }))
}

/** Never throws: any problem of the file is part of the verdict. */
export function runCase({ path }: CaseFile): Verdict {
  let directives: readonly Directive[] = []
  try {
    directives = parseCases(readFileSync(path, 'utf8'))
  } catch (error) {
    const line = error instanceof FormatError ? error.line : null
    return { directives: 0, failure: { line, reason: messageOf(error) } }
  }
  const first = directives[0]
  if (first === undefined) return { directives: 0, failure: { line: null, reason: 'it contains no case' } }
  const differenceIn = runnerFor(first)()
  for (const directive of directives) {
    const what = attempt(directive, differenceIn)
    if (what === null) continue
    const { line, text } = directive
    return { directives: directives.length, failure: { line, reason: `${text}\n${indented(what)}` } }
  }
  return { directives: directives.length, failure: null }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The problem with a directive, or null. A node that stops is a problem, and so is a command that cannot run.
 */
function attempt(
  directive: Directive,
  differenceIn: (directive: Directive) => Difference | null,
): string | null {
  try {
    const difference = differenceIn(directive)
    if (difference === null) return null
    return `expected\n${indented(difference.expected)}\ngot\n${indented(difference.got)}`
  } catch (error) {
    if (error instanceof CaseError) return error.message
    return `it throws ${(error instanceof Error ? error.stack : undefined) ?? error}`
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')

export const explain = ({ name }: CaseFile, { line, reason }: Failure): string =>
  `${name}${line === null ? '' : `:${line}`}: ${reason}`

// Runs case files: which directory is run by what, and the verdict on one file.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './commands.ts'
import { firstDifference } from './compare.ts'
import { type Directive, parseCases } from './datadriven.ts'
import { Environment } from './environment.ts'
import { NotYetError, notYet } from './not-yet.ts'
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

const confchange: Runner = () => () => {
  throw new NotYetError('membership changes')
}

const runners: Readonly<Record<string, Runner>> = { confchange, interaction, quorum }

export interface CaseFile {
  readonly directory: string
  readonly file: string
  readonly path: string
  /** Why the core cannot pass it yet, or null. */
  readonly putOff: string | null
}

/** The case files under `root`: one folder a kind. */
export function findCases(root: string): readonly CaseFile[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders
    .map(({ name }) => name)
    .filter((directory) => directory in runners)
    .sort()
    .flatMap((directory) =>
      readdirSync(join(root, directory))
        .filter((file) => file.endsWith('.txt'))
        .sort()
        .map((file) => ({
          directory,
          file,
          path: join(root, directory, file),
          putOff: notYet[directory]?.[file] ?? null,
        })),
    )
}

export function runCase({ directory, path }: CaseFile): Verdict {
  const directives = parseCases(readFileSync(path, 'utf8'))
  const differenceIn = runners[directory]!()
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

export function explain(file: string, { line, directive, expected, got }: Failure): string {
  const quote = (text: string): string => text.replaceAll(/^/gm, '    ')
  return `${file}:${line}: ${directive}\n  expected\n${quote(expected)}\n  got\n${quote(got)}`
}

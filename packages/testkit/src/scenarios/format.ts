// The format of a scenario file, after cockroachdb/datadriven: prose behind `#`, and blocks of commands. Each
// block ends with `----`, and below stands what happened, up to an empty line. That part can be rewritten
// without touching the rest.

export interface Command {
  readonly text: string
  /** The line in the file, from 1. */
  readonly line: number
}

export interface Block {
  readonly commands: readonly Command[]
  readonly expected: readonly string[]
  /** The line of its `----`, from 1. */
  readonly separator: number
}

export interface ScenarioFile {
  readonly name: string
  /** The first line of its prose. */
  readonly title: string
  readonly lines: readonly string[]
  readonly blocks: readonly Block[]
}

/** An invalid file or command, with its place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'

  constructor(file: string, line: number, what: string) {
    super(`${file}.txt:${line}: ${what}`)
  }
}

const SEPARATOR = '----'

/** Throws {@link ScenarioError}. */
export function parseScenario(name: string, text: string): ScenarioFile {
  const lines = text.replace(/\n+$/, '').split('\n')
  const blocks: Block[] = []
  let commands: Command[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.trim()
    if (line === SEPARATOR) {
      if (commands.length === 0) throw new ScenarioError(name, at + 1, `no command before ${SEPARATOR}`)
      const separator = at + 1
      const expected: string[] = []
      while (lines[at + 1] !== undefined && lines[at + 1]!.trim() !== '') expected.push(lines[++at]!)
      blocks.push({ commands, expected, separator })
      commands = []
    } else if (line !== '' && !line.startsWith('#')) commands.push({ text: line, line: at + 1 })
  }
  if (commands.length > 0)
    throw new ScenarioError(name, commands[0]!.line, `no ${SEPARATOR} after this command`)
  const title = lines[0]?.startsWith('# ') ? lines[0].slice(2) : null
  if (title === null) throw new ScenarioError(name, 1, 'a file begins with its title: # …')
  return { name, title, lines, blocks }
}

/** The file with these outputs, one for each block. */
export function rewritten({ lines, blocks }: ScenarioFile, outputs: readonly (readonly string[])[]): string {
  const out: string[] = []
  let from = 0
  for (const [at, { separator, expected }] of blocks.entries()) {
    out.push(...lines.slice(from, separator), ...outputs[at]!)
    from = separator + expected.length
  }
  out.push(...lines.slice(from))
  return `${out.join('\n')}\n`
}

// The file format of the outside cases (cockroachdb/datadriven): a comment, a directive, optional lines of
// input, `----`, and the expected output. The output ends at a blank line, or stands between doubled `----`
// lines if it contains blank lines.

/** `key`, `key=value` or `key=(a, b)`. */
export interface Argument {
  readonly key: string
  readonly values: readonly string[]
}

export interface Directive {
  readonly command: string
  readonly args: readonly Argument[]
  readonly input: string
  readonly expected: string
  /** The directive's line in its file, from 1. */
  readonly line: number
  /** The directive as it stands in the file. */
  readonly text: string
}

const separator = '----'

/** A case file is wrong, not the core that it is about. */
export class CaseError extends Error {
  override readonly name: string = 'CaseError'
}

/** From this line on, a file does not follow the format. */
export class FormatError extends CaseError {
  override readonly name = 'FormatError'
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** Cuts `(a, (b, c), d)` at its outer commas; `rest` is what follows the closing parenthesis. */
function parseList(text: string, line: number): { values: string[]; rest: string } {
  const values: string[] = []
  let depth = 0
  let start = 1
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '(') depth++
    if (char === ')') depth--
    if (depth === 0 || (char === ',' && depth === 1)) {
      values.push(text.slice(start, at).trim())
      start = at + 1
    }
    if (depth === 0)
      return { values: values.length === 1 && values[0] === '' ? [] : values, rest: text.slice(at + 1) }
  }
  throw new FormatError(line, `unclosed parenthesis: ${text}`)
}

/** `line` is the line of the directive in its file. */
export function parseArguments(text: string, line = 1): readonly Argument[] {
  const args: Argument[] = []
  let rest = text.trim()
  while (rest !== '') {
    const key = /^[^ =]+/.exec(rest)?.[0]
    if (key === undefined) throw new FormatError(line, `no argument at: ${rest}`)
    rest = rest.slice(key.length)
    if (rest.startsWith('=(')) {
      const list = parseList(rest.slice(1), line)
      args.push({ key, values: list.values })
      rest = list.rest
    } else if (rest.startsWith('=')) {
      const value = /^=([^ ]*)/.exec(rest)?.[1] ?? ''
      args.push({ key, values: [value] })
      rest = rest.slice(1 + value.length)
    } else args.push({ key, values: [] })
    rest = rest.trim()
  }
  return args
}

/** Reads a case file. Throws {@link FormatError}. */
export function parseCases(source: string): readonly Directive[] {
  const lines = source.split(/\r?\n/)
  const directives: Directive[] = []
  let at = 0

  const readInput = (line: number, text: string): string => {
    const input: string[] = []
    for (; at < lines.length; at++) {
      if (lines[at] === separator) {
        at++
        return input.join('\n').trim()
      }
      input.push(lines[at]!)
    }
    throw new FormatError(line, `${text}: it is not followed by ${separator} and its output`)
  }

  const readExpected = (line: number, text: string): string => {
    const output: string[] = []
    const doubled = lines[at] === separator
    if (doubled) at++
    for (; at < lines.length; at++) {
      if (doubled && lines[at] === separator && lines[at + 1] === separator) {
        at += 2
        return output.join('\n')
      }
      if (!doubled && lines[at]!.trim() === '') break
      output.push(lines[at]!)
    }
    if (doubled) throw new FormatError(line, `${text}: its output does not end with two ${separator} lines`)
    return output.join('\n')
  }

  while (at < lines.length) {
    const line = at + 1
    let text = lines[at++]!.trim()
    if (text === '' || text.startsWith('#')) continue
    while (text.endsWith('\\') && at < lines.length) text = `${text.slice(0, -1)} ${lines[at++]!.trim()}`
    const command = /^[^ ]+/.exec(text)?.[0] ?? ''
    if (command === 'subtest') continue // a heading, without input or output
    const args = parseArguments(text.slice(command.length), line)
    const input = readInput(line, text)
    const expected = readExpected(line, text)
    directives.push({ command, args, input, expected, line, text })
  }
  return directives
}

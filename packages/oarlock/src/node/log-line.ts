// One line for a log entry. Anybody who can connect may have chosen a part of it.
import { printable } from '@oarlock/runtime'

const maxLineLength = 1000
const maxValueLength = 200

export function lineOf(level: 'warning' | 'error', fields: object, message: string): string {
  const { id, err, event: _, ...others } = fields as Record<string, unknown>
  const subject = id === undefined || message.startsWith(`${id} `) ? '' : `${id}: `
  const said = `${message}${err === undefined ? '' : `: ${causeOf(err)}`}`
  // A message that is a sentence says what its fields say.
  const shown = message.endsWith('.') ? [] : Object.entries(others)
  const facts = shown
    .map(([name, value]) => [name, textOf(value)] as const)
    .filter(([, text]) => !said.includes(text))
    .map(([name, text]) => `${name}=${text}`)
  const line = `oarlock ${level}: ${subject}${said}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`
  return printable(line, maxLineLength)
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10)
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return printable(text, maxValueLength)
}

/** The message of an error with its causes and its code, and where in the code it began. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const causes: Error[] = []
  for (let next: unknown = error; next instanceof Error && causes.length < 4; next = next.cause)
    causes.push(next)
  const messages = causes
    .map(({ name, message }) => message || name)
    .filter((message, at, all) => at === 0 || !all[at - 1]!.includes(message))
  const code = 'code' in error ? ` (${error.code})` : ''
  const frame = causes
    .at(-1)
    ?.stack?.match(/^\s+at .*$/m)?.[0]
    .trim()
  return `${messages.join(': ')}${code}${frame === undefined ? '' : `, ${frame}`}`
}

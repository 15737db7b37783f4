// The ends of our sentences, and what others have written.
import { printable } from '../identity/index.ts'

/** Of a cause or a refusal that comes from elsewhere. */
export const longestText = 700

/** One sentence ends, whether or not its last part ended one. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** What happened, with what caused it. */
export function causeOf(failure: unknown): string {
  if (!(failure instanceof Error)) return printable(String(failure), longestText)
  const { cause } = failure
  const deeper =
    cause instanceof Error && !failure.message.includes(cause.message) ? `: ${cause.message}` : ''
  return printable(`${failure.message || failure.name}${deeper}`, longestText)
}

// Text of others in our sentences: of causes, and of strangers that can write anything.

const maxNameLength = 64
const maxTextLength = 500

/** Without control characters, so that it stays in its line, and not longer than `max`. */
export function shortened(text: string, max: number = maxTextLength): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`
}

export const nameOf = (id: string): string => shortened(id, maxNameLength)

/** One sentence ends, whether or not its last part ended one. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** What happened, with what caused it. */
export function causeOf(failure: unknown): string {
  if (!(failure instanceof Error)) return shortened(String(failure))
  const { cause } = failure
  const deeper =
    cause instanceof Error && !failure.message.includes(cause.message) ? `: ${cause.message}` : ''
  return shortened(`${failure.message || failure.name}${deeper}`)
}

// Names that come from outside, in messages for people.

/**
 * A text that a stranger has sent, for messages and logs: cut to 64 characters by default, and with its
 * control characters escaped, so that it can neither fill a log nor forge a line of it.
 */
export function printable(text: string, longest = 64): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escaped)
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

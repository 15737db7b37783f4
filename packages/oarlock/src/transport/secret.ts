// The option `secret`.
import { confidential, type Rule } from '@oarlock/runtime'
import type { Secrets } from './handshake.ts'

/** Shorter ones could be guessed by trying. In characters. */
const shortestSecret = 16

const isSecret = (value: unknown): boolean => typeof value === 'string' && value.length >= shortestSecret

export const secretRule: Rule = confidential(
  `a string of at least ${shortestSecret} characters, or two of them: the new one, then the old one`,
  (value) => isSecret(value) || (Array.isArray(value) && value.length === 2 && value.every(isSecret)),
)

export const secretsOf = (secret: string | readonly string[] | undefined): Secrets =>
  (secret === undefined ? [] : typeof secret === 'string' ? [secret] : secret).map((one) => Buffer.from(one))

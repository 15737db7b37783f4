// The option `secret`: one secret, or two during a rotation.
import { confidential, type Rule } from '@oarlock/runtime'

/** One secret, or two during a rotation: the first one signs, and both are accepted. */
export type SecretOption<S extends string | Uint8Array> = S | readonly [S, S]

/** The secrets that are accepted. The first one signs. Empty: nothing is signed, and no signature is accepted. */
export type Secrets = readonly (string | Uint8Array)[]

const isSecret = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0

export const secretRule: Rule = confidential(
  'text that is not empty, or a list of two during a rotation',
  (value) => isSecret(value) || (Array.isArray(value) && value.length === 2 && value.every(isSecret)),
)

export function secretsOf(option: SecretOption<string | Uint8Array> | undefined): Secrets {
  if (option === undefined) return []
  return (Array.isArray(option) ? option : [option]) as Secrets
}

// The option `secret`: one secret, or two during a rotation.
import { InvalidOptionsError } from '@oarlock/runtime'

/** One secret, or two during a rotation: the first one signs, and both are accepted. */
export type SecretOption<S extends string | Uint8Array> = S | readonly [S, S]

/** The secrets that are accepted. The first one signs. Empty: nothing is signed, and no signature is accepted. */
export type Secrets = readonly (string | Uint8Array)[]

/** Throws InvalidOptionsError. */
export function secretsOf(option: SecretOption<string | Uint8Array> | undefined): Secrets {
  if (option === undefined) return []
  const secrets = (Array.isArray(option) ? option : [option]) as Secrets
  if (secrets.length !== 1 && secrets.length !== 2)
    throw new InvalidOptionsError(
      `secret must be one secret, or two during a rotation, got ${secrets.length} secrets`,
    )
  for (const secret of secrets)
    if (!(typeof secret === 'string' || secret instanceof Uint8Array) || secret.length === 0)
      throw new InvalidOptionsError(
        'secret must not be empty, and must be text, or two texts during a rotation',
      )
  return secrets
}

// What a look-up of a host name promises, and how it fails.

/** Resolves with at least one IP address. Rejects with {@link NameNotResolvedError}. */
export type NameLookup = (host: string, signal: AbortSignal) => Promise<readonly string[]>

export class NameNotResolvedError extends Error {
  /** As of `node:dns`: ENOTFOUND, ETIMEOUT, … */
  readonly code: string
  /** The name servers say that there is no such name. If not, an earlier answer may still be right. */
  readonly isUnknown: boolean

  constructor(host: string, code: string, isUnknown: boolean) {
    const why = isUnknown ? 'it is unknown' : 'the name servers did not answer'
    super(`the name '${host}' is not resolved: ${why} (${code})`)
    this.code = code
    this.isUnknown = isUnknown
  }
}

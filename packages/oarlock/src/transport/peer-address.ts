// Where a peer is dialled: at the address that the cluster has, at another one of the options, or at the one
// that the peer has told, in turns while none answers. A host name is looked up for each attempt.
import { isIP } from 'node:net'
import { type Address, formatAddress, isSameAddress } from './address.ts'
import { type NameLookup, NameNotResolvedError } from './names/index.ts'

export class PeerAddress {
  readonly #configured: readonly Address[]
  readonly #lookup: NameLookup
  #advertised: Address | null = null
  #current: Address
  /** The last answer for the name of the host. */
  #resolved: readonly string[] = []
  #underWay: AbortController | null = null

  /** `fallback`: where it may be if it is not at `configured`. */
  constructor(configured: Address, lookup: NameLookup, fallback: Address | null = null) {
    const isOther = fallback !== null && !isSameAddress(fallback, configured)
    this.#configured = isOther ? [configured, fallback] : [configured]
    this.#lookup = lookup
    this.#current = configured
  }

  /** Of the present attempt, or of the next one. */
  get current(): Address {
    return this.#current
  }

  /** The IP addresses of the current host, if it is a name. */
  get resolved(): readonly string[] {
    return this.#resolved
  }

  get isName(): boolean {
    return isIP(this.#current.host) === 0
  }

  /** The peer has told where it is. Between two attempts, the next one goes there. */
  told(advertised: Address | null, isBetweenAttempts: boolean): void {
    if (advertised === null || isSameAddress(advertised, this.#advertised)) return
    this.#advertised = advertised
    if (isBetweenAttempts && !isSameAddress(advertised, this.#current)) this.#turnTo(advertised)
  }

  /** An attempt has failed: the next one goes to the next address, if there are several. */
  failed(): void {
    const told = this.#advertised
    const known = this.#configured.some((address) => isSameAddress(address, told))
    const all = told === null || known ? this.#configured : [...this.#configured, told]
    const at = all.findIndex((address) => isSameAddress(address, this.#current))
    const next = all[(at + 1) % all.length]!
    if (!isSameAddress(next, this.#current)) this.#turnTo(next)
  }

  /** A connection has ended: the next attempt goes where the peer has told that it is. */
  lost(): void {
    if (this.#advertised !== null && !isSameAddress(this.#advertised, this.#current))
      this.#turnTo(this.#advertised)
  }

  #turnTo(address: Address): void {
    this.#current = address
    this.#resolved = []
  }

  /**
   * Looks the name up. Resolves with what went wrong, or null. While no name server answers, the last answer
   * stays.
   */
  async resolve(): Promise<Error | null> {
    const { host } = this.#current
    this.#underWay = new AbortController()
    try {
      this.#resolved = checked(host, await this.#lookup(host, this.#underWay.signal))
      return null
    } catch (error) {
      // A name server that does not answer says nothing new.
      const mayBeRight = error instanceof NameNotResolvedError && !error.isUnknown
      return mayBeRight && this.#resolved.length > 0 ? null : (error as Error)
    } finally {
      this.#underWay = null
    }
  }

  /** Ends a look-up that is under way. */
  abandon(): void {
    this.#underWay?.abort()
  }

  toString(): string {
    return formatAddress(this.#current)
  }
}

/** The look-up may be the application's own. */
function checked(host: string, addresses: unknown): readonly string[] {
  if (Array.isArray(addresses) && addresses.length > 0 && addresses.every((address) => isIP(address) !== 0))
    return addresses
  throw new Error(`the look-up of '${host}' gave no IP addresses`)
}

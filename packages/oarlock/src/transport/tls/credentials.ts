// The key and the certificates of this member, read again from time to time, so that they can be rotated
// without a restart. What cannot be used is warned about, and the last good ones stay in use.
import type { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Millis } from '@oarlock/core'
import type { RateLimitedLog } from '../rate-limited-log.ts'
import type { TlsOptions } from './options.ts'
import { checkedCertificate, type Pem, pemReader, samePem } from './pem.ts'

const defaultReloadInterval: Millis = 10_000
/** The owner is reminded this long before the certificate expires. */
const reminderBefore: Millis = 7 * 24 * 3600 * 1000

export class Credentials {
  readonly names: 'any' | 'id'
  readonly #read: () => Promise<Pem>
  readonly #reloadInterval: Millis
  readonly #log: RateLimitedLog
  #pem: Pem | null = null
  #context: SecureContext | null = null
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: TlsOptions, log: RateLimitedLog) {
    this.names = options.names ?? 'any'
    this.#read = pemReader(options)
    this.#reloadInterval = options.reloadInterval ?? defaultReloadInterval
    this.#log = log
  }

  /** Reads them for the first time. `changed` is called whenever others are in use. Rejects with TlsError. */
  async open(changed: (options: SecureContextOptions) => void): Promise<void> {
    await this.#load(changed)
    if (!this.#isClosed) this.#schedule(changed)
  }

  /** After `open`, for connections that this member dials. */
  get context(): SecureContext {
    if (this.#context === null) throw new Error('the credentials are not read yet')
    return this.#context
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** One read at a time: a file system that hangs occupies one thread. */
  #schedule(changed: (options: SecureContextOptions) => void): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.#load(changed)
        this.#log.resolved('tls files')
      } catch (error) {
        const problem = (error as Error).message
        this.#log.warn(
          'tls files',
          { event: 'tls-files-not-used', problem },
          `${problem}. The last good ones stay in use`,
        )
      }
      if (!this.#isClosed) this.#schedule(changed)
    }, this.#reloadInterval)
    this.#timer.unref()
  }

  async #load(changed: (options: SecureContextOptions) => void): Promise<void> {
    const pem = await this.#read()
    const certificate = checkedCertificate(pem)
    this.#remind(certificate)
    if (this.#isClosed || (this.#pem !== null && samePem(pem, this.#pem))) return
    const options: SecureContextOptions = {
      key: pem.key,
      cert: pem.cert,
      ca: [...pem.ca],
      minVersion: 'TLSv1.3',
    }
    this.#context = createSecureContext(options)
    const isFirst = this.#pem === null
    this.#pem = pem
    changed(options)
    const fields = { validTo: certificate.validTo }
    if (!isFirst)
      this.#log.info(
        { event: 'tls-files-renewed', ...fields },
        'new TLS files are in use, for new connections',
      )
  }

  #remind({ validTo }: X509Certificate): void {
    const left = new Date(validTo).getTime() - Date.now()
    if (left <= 0)
      this.#log.warn(
        'tls expiry',
        { event: 'certificate-expires', validTo },
        `the certificate of this member expired on ${validTo}: replace it`,
      )
    else if (left < reminderBefore)
      this.#log.warn(
        'tls expiry',
        { event: 'certificate-expires', validTo },
        `the certificate of this member expires on ${validTo}: replace it`,
      )
  }
}

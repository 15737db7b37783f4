// Reads what the option `tls` names, and checks that a member can use it.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { TlsError } from '../../errors.ts'
import type { PemSource, TlsOptions } from './options.ts'

/** Reads the PEM. Rejects with {@link TlsError}. */
type Reader = () => Promise<Buffer>

export interface Pem {
  readonly key: Buffer
  readonly cert: Buffer
  readonly ca: readonly Buffer[]
}

/** A relative path starts at the working directory of now. */
function readerOf(name: string, source: PemSource): Reader {
  if (typeof source !== 'string' || source.includes('-----BEGIN ')) {
    const bytes = Buffer.from(source as string)
    return async () => bytes
  }
  const path = resolve(source)
  return async () => {
    try {
      return await readFile(path)
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      throw new TlsError(`tls.${name}: the file ${path} cannot be read (${code ?? message})`, { cause })
    }
  }
}

export function pemReader({ key, cert, ca }: TlsOptions): () => Promise<Pem> {
  const readKey = readerOf('key', key)
  const readCert = readerOf('cert', cert)
  const readCa = (Array.isArray(ca) ? (ca as readonly PemSource[]) : [ca as PemSource]).map((one) =>
    readerOf('ca', one),
  )
  return async () => ({
    key: await readKey(),
    cert: await readCert(),
    ca: await Promise.all(readCa.map((read) => read())),
  })
}

export const samePem = (a: Pem, b: Pem): boolean =>
  a.key.equals(b.key) &&
  a.cert.equals(b.cert) &&
  a.ca.length === b.ca.length &&
  a.ca.every((bytes, at) => bytes.equals(b.ca[at]!))

const usages = {
  '1.3.6.1.5.5.7.3.1': 'server authentication',
  '1.3.6.1.5.5.7.3.2': 'client authentication',
}

/** The member's certificate. Throws {@link TlsError} if a member cannot use these. */
export function checkedCertificate({ key, cert, ca }: Pem): X509Certificate {
  let certificate: X509Certificate
  try {
    createSecureContext({ key, cert, ca: [...ca] })
    for (const authority of ca) new X509Certificate(authority)
    certificate = new X509Certificate(cert)
  } catch (cause) {
    throw new TlsError(`tls: key, cert and ca do not fit together, or one is not PEM (${messageOf(cause)})`, {
      cause,
    })
  }
  // Extended key usage; undefined: for any.
  const made = certificate.keyUsage as readonly string[] | undefined
  for (const [usage, name] of Object.entries(usages))
    if (made !== undefined && !made.includes(usage))
      throw new TlsError(
        `tls.cert is not made for ${name}: a member dials its peers and is dialled by them, so its certificate needs both serverAuth and clientAuth as extended key usage`,
      )
  return certificate
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

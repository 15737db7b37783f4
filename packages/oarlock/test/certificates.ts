// For tests: the certificates of ./certificates, which make.sh makes.
import { fileURLToPath } from 'node:url'
import type { TlsOptions } from '../src/transport/index.ts'

/** The path of a file. */
export const pemFile = (name: string): string =>
  fileURLToPath(new URL(`./certificates/${name}`, import.meta.url))

/** The options of a member, by files. */
export const tlsOf = (name: string, more: Partial<TlsOptions> = {}): TlsOptions => ({
  key: pemFile(`${name}.key`),
  cert: pemFile(`${name}.pem`),
  ca: pemFile('ca.pem'),
  ...more,
})

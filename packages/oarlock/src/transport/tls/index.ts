// Mutual TLS: the option, and the key and certificates that it names.
export { certificateProblem, isNamed, wrongName } from './certificates.ts'
export { Credentials } from './credentials.ts'
export { type PemSource, type TlsOptions, tlsRule } from './options.ts'

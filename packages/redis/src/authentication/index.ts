// The secrets of a prefix, and what is signed with them.
export { Authenticator, tagSize } from './authenticator.ts'
export { type SecretOption, type Secrets, secretRule, secretsOf } from './secrets.ts'

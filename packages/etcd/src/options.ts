// The options of etcd(), checked and completed with their defaults.
import type { Millis } from '@oarlock/core'
import {
  checkOptions,
  confidential,
  duration,
  group,
  InvalidOptionsError,
  isText,
  type LoggerOption,
  loggerRule,
  mustBe,
  needed,
  type Rule,
  type Schema,
  text,
} from '@oarlock/runtime'

export interface EtcdOptions {
  /** The name that others see when this process leads an election. Default: 'client-' and a random number. */
  readonly id?: string
  /** The addresses of etcd's members, such as 'http://10.0.0.1:2379', or with https. Give all of them. */
  readonly hosts: string | readonly string[]
  /**
   * For hosts with https: whose certificates are trusted, and who this process is. Default: the system's
   * authorities.
   */
  readonly tls?: EtcdTlsOptions
  /** The user, if etcd has authentication enabled. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** The longest time until a host answers at all, in ms. Default 3000. */
  readonly dialTimeout?: Millis
  /** The longest time until a request is answered, in ms. Default 5000. */
  readonly requestTimeout?: Millis
  /** Default: warnings to stderr. */
  readonly logger?: LoggerOption
}

export interface EtcdTlsOptions {
  /** The certificates of the authorities, as PEM. */
  readonly ca: string | Uint8Array
  /** The certificate of this process, as PEM, if etcd asks for one. Together with `key`. */
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
}

export interface EtcdSettings extends Omit<EtcdOptions, 'hosts'> {
  readonly hosts: readonly string[]
  readonly dialTimeout: Millis
  readonly requestTimeout: Millis
}

const form = /^(?:https?:\/\/)?(?:\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i
const isHost = (value: unknown): boolean => typeof value === 'string' && form.test(value)
const isListOfHosts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isHost)

const hosts: Rule = (value, name) => {
  const wrong = Array.isArray(value) ? value.find((host) => !isHost(host)) : undefined
  const what = "addresses such as 'http://10.0.0.1:2379', one or a list of them"
  return mustBe(what, (given) => isHost(given) || isListOfHosts(given))(wrong ?? value, name)
}

const pem = confidential(
  'PEM, as text or bytes',
  (value) =>
    (isText(value) || value instanceof Uint8Array) && Buffer.from(value as string).includes('-----BEGIN '),
)

const schema: Schema<EtcdOptions> = {
  id: text(),
  hosts: needed(hosts),
  tls: group<EtcdTlsOptions>({ ca: needed(pem), cert: pem, key: pem }),
  auth: group<NonNullable<EtcdOptions['auth']>>({
    username: needed(text()),
    password: needed(confidential('a string that is not empty', isText)),
  }),
  dialTimeout: duration,
  requestTimeout: duration,
  logger: loggerRule,
}

/** Throws InvalidOptionsError. */
export function completeOptions(options: EtcdOptions): EtcdSettings {
  checkOptions(options, schema, 'etcd')
  const { hosts, tls, dialTimeout = 3000, requestTimeout = 5000, ...rest } = options
  const list = typeof hosts === 'string' ? [hosts] : [...hosts]
  const secure = list.filter((host) => /^https:/i.test(host))
  if (secure.length > 0 && secure.length < list.length)
    throw new InvalidOptionsError('etcd: hosts must all begin with https://, or none of them')
  if (tls !== undefined && secure.length === 0)
    throw new InvalidOptionsError('etcd: tls is for hosts that begin with https://')
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined))
    throw new InvalidOptionsError('etcd: tls: cert and key belong together')
  return { ...rest, ...(tls === undefined ? {} : { tls }), hosts: list, dialTimeout, requestTimeout }
}

// The options of an HttpTransport, and what each may be.
import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { NodeId } from '@oarlock/core'
import { mustBe, needed, recordOf, type Schema, text, withMethods } from '@oarlock/runtime'
import { type NetworkTransportOptions, networkTransportSchema } from '../options.ts'
import { type TlsOptions, tlsRule } from '../tls/index.ts'

export interface HttpTransportOptions extends NetworkTransportOptions {
  /** The service's own server, of node:http or node:https. It is neither opened nor closed by the transport. */
  readonly server: HttpServer | HttpsServer
  /** The path of the members' connections on that server, the same on every member. Default '/oarlock'. */
  readonly path?: string
  /** The URL of every member, with http: or https:. This member's own is not used. A path in it replaces `path`. */
  readonly peers: Readonly<Record<NodeId, string>>
  /** Like those in `peers`, a URL. */
  readonly advertise?: string
  /**
   * For https: peers: the authorities that they are verified by, and the certificate that this member shows
   * them. The server has its own. Default: the authorities that Node trusts, and no certificate.
   */
  readonly tls?: TlsOptions
}

export const httpTransportSchema: Schema<HttpTransportOptions> = {
  ...networkTransportSchema,
  peers: needed(recordOf(text('the URL of a member'), "an object that maps each member's id to its URL")),
  advertise: text('a URL'),
  server: needed(withMethods('a server of node:http or node:https', 'on', 'off', 'listenerCount', 'address')),
  path: mustBe(
    "a path that begins with '/'",
    (value) => typeof value === 'string' && /^\/[^?#]*$/.test(value),
  ),
  tls: tlsRule,
}

// The options of the transports, and what each may be.
import type { Millis, NodeId } from '@oarlock/core'
import {
  callback,
  duration,
  group,
  type LoggerOption,
  loggerRule,
  mustBe,
  needed,
  number,
  recordOf,
  type Schema,
  text,
  wait,
} from '@oarlock/runtime'
import type { RetryDelays } from './back-off.ts'
import type { NameLookup } from './names/index.ts'
import { secretRule } from './secret.ts'
import { type TlsOptions, tlsRule } from './tls/index.ts'

/** What every transport over streams takes. */
export interface NetworkTransportOptions {
  /** This member's name. */
  readonly id: NodeId
  /** The 'host:port' of every member. This member's own is not used. */
  readonly peers: Readonly<Record<NodeId, string>>
  /**
   * The secret that every member shares, or two while it is rotated: the new one, then the old one. At least 16
   * characters; random ones, as of `openssl rand -base64 32`. Default: none.
   */
  readonly secret?: string | readonly [string, string]
  /** The address at which the peers reach this member, if it is not the one in their `peers`. Default: none. */
  readonly advertise?: string
  readonly logger?: LoggerOption
  /**
   * The most bytes that may wait to be sent to one peer in one lane. One message always may. It must be well
   * above the bytes that are in flight, or entries are dropped. Default 64 MiB.
   */
  readonly maxQueueBytes?: number
  /**
   * Longer frames are neither sent nor accepted, so it bounds the longest message. In bytes. Default 64 MiB.
   */
  readonly maxFrameBytes?: number
  /**
   * The most connections that were dialled to this member and have not finished their handshake. Beyond it, one
   * of the machine that has the most is closed. Default 256.
   */
  readonly maxHandshakes?: number
  /** For connecting and the handshake together, in ms. Default 2000. */
  readonly handshakeTimeout?: Millis
  /** The longest time that `close` waits for sent messages to leave, in ms. Default 100. */
  readonly linger?: Millis
  /**
   * Each end of a connection sends a frame this often, in ms. After five times as long in silence it is
   * closed. Default 1000.
   */
  readonly aliveInterval?: Millis
  /** The delays before dialling again, in ms. Default { first: 20, longest: 500, refused: 5000 }. */
  readonly retry?: Partial<RetryDelays>
  /** Resolves with the IP addresses of a host name. Default: the hosts file, then the name servers. */
  readonly lookup?: NameLookup
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number
}

export interface TcpTransportOptions extends NetworkTransportOptions {
  /** 'host:port', '[IPv6]:port', or ':port' for every interface. Port 0 takes a free port: see `address`. */
  readonly listen: string
  /** Mutual TLS. Default: none. */
  readonly tls?: TlsOptions
}

const bytes = number({ of: 'bytes', least: 1, whole: true })

export const networkTransportSchema: Schema<NetworkTransportOptions> = {
  id: needed(text()),
  peers: needed(recordOf(text("a 'host:port'"), "an object that maps each member's id to its 'host:port'")),
  secret: secretRule,
  advertise: text("a 'host:port'"),
  logger: loggerRule,
  maxQueueBytes: number({ of: 'bytes', least: 0, whole: true }),
  maxFrameBytes: bytes,
  maxHandshakes: number({ least: 1, whole: true }),
  handshakeTimeout: duration,
  linger: wait,
  aliveInterval: duration,
  retry: group<RetryDelays>({ first: duration, longest: duration, refused: duration }),
  lookup: callback('a function that resolves with the IP addresses of a host name'),
  random: callback('a function that returns a number in [0, 1)'),
}

export const tcpTransportSchema: Schema<TcpTransportOptions> = {
  ...networkTransportSchema,
  listen: needed(mustBe("a 'host:port'", (value) => typeof value === 'string')),
  tls: tlsRule,
}

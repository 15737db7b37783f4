// Messages over TCP, or over TLS.
import { checkOptions } from '@oarlock/runtime'
import { NetworkTransport } from './network-transport.ts'
import { type TcpTransportOptions, tcpTransportSchema } from './options.ts'
import { TcpStreamLayer } from './tcp-stream-layer.ts'

export class TcpTransport extends NetworkTransport {
  /** Throws InvalidOptionsError for options that cannot work. */
  constructor(options: TcpTransportOptions) {
    checkOptions(options, tcpTransportSchema, 'TcpTransport')
    super(options, (context) => new TcpStreamLayer(options, context))
  }
}

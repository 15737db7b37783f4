// Messages over WebSockets, on the service's own HTTP server: for services that may open one port only.
import { checkOptions } from '@oarlock/runtime'
import { NetworkTransport } from '../network-transport.ts'
import { type HttpTransportOptions, httpTransportSchema } from './options.ts'
import { WebSocketLayer } from './web-socket-layer.ts'

export class HttpTransport extends NetworkTransport {
  /** Throws InvalidOptionsError for options that cannot work. */
  constructor(options: HttpTransportOptions) {
    checkOptions(options, httpTransportSchema, 'HttpTransport')
    super(options, (context) => new WebSocketLayer(options, context))
  }
}

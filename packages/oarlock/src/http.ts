// `oarlock/http`, apart from the rest because it needs the package `ws`: a transport on the service's own HTTP
// server.
export { HttpTransport } from './transport/http/http-transport.ts'
export type { HttpTransportOptions } from './transport/http/options.ts'

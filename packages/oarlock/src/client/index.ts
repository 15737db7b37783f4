export { type ConnectedClient, connect } from './connect.ts'
export type { ConnectOptions } from './options.ts'

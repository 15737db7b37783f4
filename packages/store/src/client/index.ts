export { Calls } from './calls.ts'
export { type ClientRequest, encodeClientAnswer, encodeClientRequest } from './messages.ts'
export { RemoteBackend } from './remote-backend.ts'
export { ClientService } from './service.ts'

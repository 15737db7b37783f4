// @oarlock/etcd: the store of Oarlock on an etcd.
export { EtcdRefusedError } from './errors.ts'
export { type EtcdStore, etcd } from './etcd.ts'
export type { EtcdOptions, EtcdTlsOptions } from './options.ts'

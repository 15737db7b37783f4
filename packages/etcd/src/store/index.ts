export { EtcdBackend } from './etcd-backend.ts'

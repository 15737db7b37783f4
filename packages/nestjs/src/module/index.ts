// The Nest module.
export { OarlockModule } from './oarlock.module.ts'

export { joinIsolated } from './join-isolated.ts'

// A cluster that goes on after a majority of its members is lost for good.
export { type RecoverOptions, type Recovery, recover } from './recover.ts'

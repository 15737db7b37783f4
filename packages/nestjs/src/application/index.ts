// The elections of one application, and the options they are made of.
export { checkAsyncOptions, checkFeatureOptions, checkOptions } from './check-options.ts'
export { Elections, electionsToken } from './elections.ts'
export { electionOpener, type OpenElection, type OpenRequest, openElection } from './open-election.ts'
export type * from './options.ts'

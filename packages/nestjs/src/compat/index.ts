// @oarlock/nestjs/compat: the surface of @fxdigital/nestjs-leader-election and @bonkboykz/nestjs-leader-election 2.1.4. An application
// written for it changes the import, and nothing else.
export { LeaderElectionModule, type LeaderElectionModuleOptions } from './leader-election.module.ts'
export { LeaderElectionHelper } from './leader-election-helper.ts'

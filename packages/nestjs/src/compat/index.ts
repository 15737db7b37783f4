// @oarlock/nestjs/compat: the API of @fxdigital/nestjs-leader-election and @bonkboykz/nestjs-leader-election
// 2.1.4. Applications that were written for it change the import, and nothing else.

export { LeaderElectionModule, type LeaderElectionModuleOptions } from './leader-election.module.ts'
export { LeaderElectionHelper } from './leader-election-helper.ts'

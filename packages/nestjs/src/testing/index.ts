// @oarlock/nestjs/testing: elections that a test wins and loses at will, without network, waiting or
// randomness.

export { TestElection } from './test-election.ts'
export { overrideElections, TestElections } from './test-elections.ts'
export { OarlockTestingModule } from './testing.module.ts'

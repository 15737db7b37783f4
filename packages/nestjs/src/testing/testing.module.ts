// For tests of a few providers: the providers of OarlockModule.forRoot, with an election that the test
// controls.
import { type DynamicModule, Module } from '@nestjs/common'
import { defaultElection } from '../election/index.ts'
import { OarlockModule } from '../module/index.ts'
import { TestElection } from './test-election.ts'

export class OarlockTestingModule {
  /** A global module. It also provides `election`, by the token TestElection. */
  static forRoot(election: TestElection = new TestElection(), name: string = defaultElection): DynamicModule {
    return {
      module: OarlockTestingModule,
      global: true,
      imports: [OarlockModule.forRoot({ election, name, isGlobal: true })],
      providers: [{ provide: TestElection, useFactory: () => election }],
      exports: [TestElection],
    }
  }
}
Module({})(OarlockTestingModule)

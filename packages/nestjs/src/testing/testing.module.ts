// In a test of a few providers: what OarlockModule.forRoot gives, over an election that goes as the test says.
import { type DynamicModule, Module } from '@nestjs/common'
import { defaultElection } from '../election/name.ts'
import { OarlockModule } from '../module/oarlock.module.ts'
import { TestElection } from './test-election.ts'

export class OarlockTestingModule {
  /** Global. `election` is there by the token TestElection, too. */
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

// What there is once in an application, whatever modules are imported how often.
import { Global, Module } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core'
import { Elections } from './elections.ts'
import { Explorer } from './explorer.ts'
import { electionOpener, type OpenElection, openElection } from './open-election.ts'

export class OarlockCoreModule {}

// Decorators called as functions, here and elsewhere: the sources stay erasable TypeScript.
Global()(OarlockCoreModule)
Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: electionOpener, useValue: openElection },
    {
      provide: Elections,
      useFactory: (open: OpenElection) => new Elections(open),
      inject: [electionOpener],
    },
    {
      provide: Explorer,
      useFactory: (elections: Elections, discovery: DiscoveryService, scanner: MetadataScanner) =>
        new Explorer(elections, discovery, scanner),
      inject: [Elections, DiscoveryService, MetadataScanner],
    },
  ],
  exports: [Elections],
})(OarlockCoreModule)

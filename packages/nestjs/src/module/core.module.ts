// The providers that an application has once, however many modules are imported.
import { Global, Module } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core'
import { Elections, electionOpener, type OpenElection, openElection } from '../application/index.ts'
import { Explorer } from './explorer.ts'

export class OarlockCoreModule {}

// The sources use no decorator syntax, so that they stay erasable TypeScript. Decorators are called as
// functions.
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

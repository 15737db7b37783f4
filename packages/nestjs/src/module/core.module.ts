// The providers that an application has only once, even if it imports several modules or copies of this
// package.
import { Global, Module, type Provider, type Type } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core'
import { processWide } from 'oarlock/node'
import {
  Elections,
  electionOpener,
  electionsToken,
  type OpenElection,
  openElection,
} from '../application/index.ts'
import { Explorer } from './explorer.ts'

interface Core {
  readonly module: Type
  readonly providers: Provider[]
  readonly exports: (string | typeof Elections)[]
}

const core = processWide('nestjs.core', (): Core => {
  class OarlockCoreModule {}
  const providers: Provider[] = [
    { provide: electionOpener, useValue: openElection },
    {
      provide: electionsToken,
      useFactory: (open: OpenElection) => new Elections(open),
      inject: [electionOpener],
    },
    {
      provide: Explorer,
      useFactory: (elections: Elections, discovery: DiscoveryService, scanner: MetadataScanner) =>
        new Explorer(elections, discovery, scanner),
      inject: [electionsToken, DiscoveryService, MetadataScanner],
    },
  ]
  const exports: Core['exports'] = [electionsToken]
  // The sources use no decorator syntax, so that they stay erasable TypeScript. Decorators are called as
  // functions.
  Global()(OarlockCoreModule)
  Module({ imports: [DiscoveryModule], providers, exports })(OarlockCoreModule)
  return { module: OarlockCoreModule, providers, exports }
})

// Code injects the class of its copy. Nest reads the lists when it creates the application.
core.providers.push({ provide: Elections, useExisting: electionsToken })
core.exports.push(Elections)

export const OarlockCoreModule: Type = core.module

// A Nest application whose elections the test controls. `await using` closes it at the end of the test.
import type { ModuleMetadata, Type } from '@nestjs/common'
import { Test, type TestingModule } from '@nestjs/testing'
import { electionOpener, type OpenRequest } from '../src/application/index.ts'
import type { ElectionOptions } from '../src/index.ts'
import { overrideElections, TestElection, type TestElections } from '../src/testing/index.ts'

export class App implements AsyncDisposable {
  readonly nest: TestingModule
  readonly elections: TestElections
  #closing: Promise<void> | null = null

  constructor(nest: TestingModule, elections: TestElections) {
    this.nest = nest
    this.elections = elections
  }

  get election(): TestElection {
    return this.elections.get()
  }

  get<T>(type: Type<T> | string): T {
    return this.nest.get<T>(type, { strict: false })
  }

  close(): Promise<void> {
    this.#closing ??= this.nest.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Creates the application without starting it. Rejects if the application cannot be created. */
export async function make(metadata: ModuleMetadata): Promise<App> {
  const builder = Test.createTestingModule(metadata)
  const elections = overrideElections(builder)
  return new App(await builder.compile(), elections)
}

export async function start(metadata: ModuleMetadata): Promise<App> {
  const app = await make(metadata)
  await app.nest.init()
  return app
}

/** The options of the elections that an application opens, by their names. */
export async function opened(metadata: ModuleMetadata): Promise<Record<string, ElectionOptions>> {
  const requests: OpenRequest[] = []
  const open = (request: OpenRequest) => {
    requests.push(request)
    return new TestElection()
  }
  const builder = Test.createTestingModule(metadata).overrideProvider(electionOpener).useValue(open)
  const nest = await builder.compile()
  try {
    await nest.init()
  } finally {
    await nest.close()
  }
  return Object.fromEntries(requests.map(({ name, options }) => [name, options]))
}

// For tests of a whole application: the test controls every election that its modules use.
import { electionOpener, type OpenElection } from '../application/index.ts'
import { defaultElection } from '../election/index.ts'
import { TestElection } from './test-election.ts'

/** The part of @nestjs/testing's TestingModuleBuilder that is used here. */
interface Builder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown }
}

export class TestElections {
  readonly #elections = new Map<string, TestElection>()

  /** The election by that name, even if the application has not opened it yet. */
  get(name: string = defaultElection): TestElection {
    const known = this.#elections.get(name) ?? new TestElection()
    this.#elections.set(name, known)
    return known
  }
}

/**
 * The application under test connects to nothing, and the test decides its elections: `const elections =
 * overrideElections(builder)`, then `elections.get().win()`. The instance stands for election when its
 * application has started: `await moduleRef.init()`.
 */
export function overrideElections(builder: Builder): TestElections {
  const elections = new TestElections()
  const open: OpenElection = ({ name }) => elections.get(name)
  builder.overrideProvider(electionOpener).useValue(open)
  return elections
}

// In a test of a whole application: every election that its modules ask for is one that goes as the test says.
import { defaultElection } from '../election/name.ts'
import { electionOpener, type OpenElection } from '../module/open-election.ts'
import { TestElection } from './test-election.ts'

/** As much of @nestjs/testing's TestingModuleBuilder as this needs. */
interface Builder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown }
}

export class TestElections {
  readonly #elections = new Map<string, TestElection>()

  /** The election by that name, whether the application has asked for it yet or not. */
  get(name: string = defaultElection): TestElection {
    const known = this.#elections.get(name) ?? new TestElection()
    this.#elections.set(name, known)
    return known
  }
}

/**
 * Instead of connecting to anything, the application under test takes part in elections that go as the test says:
 * `const elections = overrideElections(builder)`, then `elections.get().win()`. An instance stands for election when
 * its application has started: `await moduleRef.init()`.
 */
export function overrideElections(builder: Builder): TestElections {
  const elections = new TestElections()
  const open: OpenElection = ({ name }) => elections.get(name)
  builder.overrideProvider(electionOpener).useValue(open)
  return elections
}

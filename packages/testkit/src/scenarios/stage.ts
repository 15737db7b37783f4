// The state behind the commands of a scenario: a scripted cluster, its narrator, and the names of the
// clients' writes.
import type { NodeId } from '@oarlock/core'
import { Narrator } from './narrator.ts'
import { Script, type ScriptOptions } from './script.ts'
import { CommandError } from './words.ts'

export class Stage {
  readonly #outcomes: boolean
  readonly #watch: ScriptOptions['watch']
  #script: Script | null = null
  #narrator: Narrator | null = null
  readonly #writes: Map<string, number> = new Map()

  constructor(outcomes: boolean, watch?: ScriptOptions['watch']) {
    this.#outcomes = outcomes
    this.#watch = watch
  }

  build(options: ScriptOptions): void {
    if (this.#script !== null) throw new CommandError('there is a cluster already')
    this.#script = new Script({ ...options, outcomes: this.#outcomes, watch: this.#watch })
    this.#narrator = new Narrator(this.#script.simulation)
    this.#script.simulation.observer.add(this.#narrator)
  }

  get script(): Script {
    if (this.#script === null) throw new CommandError('a scenario begins with a cluster')
    return this.#script
  }

  get events(): number {
    return this.#script?.simulation.world.events ?? 0
  }

  /** Throws the objection of a checker, which a runtime may have caught on the way. */
  checkFailure(): void {
    const failure = this.#script?.simulation.world.failure ?? null
    if (failure !== null) throw failure.error
  }

  /** Returns the name of a member. Throws for any other word. */
  member(word: string): NodeId {
    if (this.isMember(word)) return word
    throw new CommandError(`there is no member ${word}; there are: ${this.members.join(' ')}`)
  }

  isMember = (word: string): boolean => this.members.includes(word)

  get members(): readonly NodeId[] {
    return this.script.simulation.nodes.map(({ id }) => id)
  }

  /** A client's write, under the name that the scenario gives it. */
  propose(to: NodeId, name: string, count: number): void {
    if (this.#writes.has(name)) throw new CommandError(`${name} was proposed before`)
    const { workload } = this.script.simulation
    const number = workload.writes.length + 1
    this.#writes.set(name, number)
    this.#narrator!.call(number, name)
    this.script.propose(to, count)
  }

  written(name: string): number | undefined {
    return this.#writes.get(name)
  }

  /** From now on tells the appends to these members, and their answers. */
  watch(ids: readonly NodeId[]): void {
    this.#narrator!.watch(ids)
  }

  say(line: string): void {
    this.#narrator!.say(line)
  }

  /** The output since the last call. */
  told(): string[] {
    return this.#narrator?.take() ?? []
  }
}

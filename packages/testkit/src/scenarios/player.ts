// Plays the commands of a scenario one after another, and returns the output of each. The objection of a
// checker ends the play, and is the last line of output.
import { RaftConfigError } from '@oarlock/core'
import { Violation } from '../world/index.ts'
import { commands } from './commands.ts'
import { type Command, ScenarioError } from './format.ts'
import type { ScriptOptions } from './script.ts'
import { Stage } from './stage.ts'
import { CommandError, Words } from './words.ts'

/** Whether the mistake is in the file, not in the program. */
const isMistake = (error: unknown): error is Error =>
  error instanceof CommandError || error instanceof RaftConfigError || error instanceof RangeError

export class Player {
  readonly #file: string
  readonly #outcomes: boolean
  readonly #watch: ScriptOptions['watch']
  #stage: Stage
  /** The commands that were played and not undone. */
  #played: Command[] = []
  readonly #marks: Map<string, number> = new Map()
  /** Tasks of earlier clusters. */
  #eventsBefore = 0
  objection: Violation | null = null

  /** `watch` is called for each new cluster. `outcomes`: only the outcome checkers watch. */
  constructor(file: string, watch?: ScriptOptions['watch'], outcomes = false) {
    this.#file = file
    this.#outcomes = outcomes
    this.#watch = watch
    this.#stage = new Stage(outcomes, watch)
  }

  /** Tasks of all clusters. */
  get events(): number {
    return this.#eventsBefore + this.#stage.events
  }

  /**
   * Plays one command and returns its output. After an objection nothing more happens. Throws {@link
   * ScenarioError}.
   */
  play(command: Command): string[] {
    if (this.objection !== null) return []
    try {
      const words = new Words(command.text)
      const name = words.next('a command')
      if (name === 'mark') this.#marks.set(words.next('a name'), this.#played.length)
      else if (name === 'back-to') this.#goBack(words.next('a name'))
      else this.#perform(name, words)
      words.end()
    } catch (error) {
      if (error instanceof Violation) return this.#objected(error)
      if (isMistake(error)) throw new ScenarioError(this.#file, command.line, error.message)
      throw error
    }
    if (!/^(mark|back-to) /.test(command.text)) this.#played.push(command)
    return this.#stage.told()
  }

  #perform(name: string, words: Words): void {
    const perform = commands[name]
    if (perform === undefined)
      throw new CommandError(
        `there is no command ${name}; there are: ${Object.keys(commands).join(', ')}, mark, back-to, replay`,
      )
    perform(words, this.#stage)
    this.#stage.checkFailure()
  }

  #objected(violation: Violation): string[] {
    this.objection = violation
    return [...this.#stage.told(), `${violation.checker}: ${violation.message}`]
  }

  /** A cluster is a pure function of its commands, so a new one gets the same commands up to the mark. */
  #goBack(mark: string): void {
    const length = this.#marks.get(mark)
    if (length === undefined) throw new CommandError(`there is no mark ${mark}`)
    const again = this.#played.slice(0, length)
    this.#eventsBefore += this.#stage.events
    this.#stage = new Stage(this.#outcomes, this.#watch)
    for (const { text } of again) {
      const words = new Words(text)
      this.#perform(words.next('a command'), words)
    }
    this.#stage.told()
    this.#played = again
  }
}

// The confchange cases: a sequence of configurations, and the progress that a leader would track of their
// members.
import {
  type Configuration,
  changeSimply,
  enterJoint,
  index,
  leaveJoint,
  MembershipError,
  type NodeId,
} from '@oarlock/core'
import { membersOf } from '../../packages/core/src/membership/configuration.ts'
import { Progress } from '../../packages/core/src/progress/progress.ts'
import { flag, readsAll } from './arguments.ts'
import { CaseError, type Directive } from './datadriven.ts'
import { describeProgress, numerically } from './describe.ts'
import { isCalledOff, parseChanges, TokenError } from './member-changes.ts'

const noMembers: Configuration = {
  voters: [],
  outgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

function describeConfiguration({
  voters,
  outgoing,
  learners,
  learnersNext,
  autoLeave,
}: Configuration): string {
  const list = (ids: readonly NodeId[]): string => `(${numerically(ids).join(' ')})`
  let text = `voters=${list(voters)}`
  if (outgoing.length > 0) text += `&&${list(outgoing)}`
  if (learners.length > 0) text += ` learners=${list(learners)}`
  if (learnersNext.length > 0) text += ` learners_next=${list(learnersNext)}`
  return autoLeave ? `${text} autoleave` : text
}

function change(configuration: Configuration, directive: Directive): Configuration {
  readsAll(directive, {
    plain: 0,
    options: directive.command === 'enter-joint' ? ['autoleave'] : [],
    input: true,
  })
  const { command, args, input } = directive
  const changes = parseChanges(input).filter((one) => !isCalledOff(one))
  const autoLeave = flag(args, 'autoleave')
  if (command === 'simple') return changeSimply(configuration, changes)
  if (command === 'enter-joint') return enterJoint(configuration, changes, autoLeave)
  if (command !== 'leave-joint') throw new CaseError(`there is no command ${command}`)
  if (changes.length > 0) throw new TokenError('this command takes no input')
  return leaveJoint(configuration)
}

/** Runs the directives of one file. With each of them, the last index of the log rises by one. */
export class ConfigurationCase {
  #configuration = noMembers
  readonly #progress = new Map<NodeId, Progress>()
  #lastIndex = 0

  run(directive: Directive): string {
    try {
      this.#configuration = change(this.#configuration, directive)
      this.#track()
      return this.#describe()
    } catch (error) {
      if (error instanceof MembershipError || error instanceof TokenError) return error.message
      throw error
    } finally {
      this.#lastIndex++
    }
  }

  #track(): void {
    const members = membersOf(this.#configuration)
    for (const id of [...this.#progress.keys()]) if (!members.includes(id)) this.#progress.delete(id)
    for (const id of members) {
      if (this.#progress.has(id)) continue
      const next = index(Math.max(this.#lastIndex, 1))
      const progress = new Progress({ match: index(0), next, maxInflightMessages: 10, maxInflightBytes: 0 })
      progress.recentActive = true
      this.#progress.set(id, progress)
    }
  }

  #describe(): string {
    const { learners } = this.#configuration
    const lines = numerically([...this.#progress.keys()]).map((id) =>
      describeProgress(id, this.#progress.get(id)!.view(learners.includes(id))),
    )
    return [describeConfiguration(this.#configuration), ...lines].join('\n')
  }
}

// Parses the output of a case into the structure that is compared. Log lines, indentation and fields that are
// zero are left out. A text of no known form is an error message, represented by its class.
import { CaseError } from './datadriven.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface Item {
  readonly kind: 'heading' | 'ready' | 'message' | 'line' | 'entry'
  readonly fields: Fields
  readonly text: string
}

const logLine = /^\s*(INFO|DEBUG|WARN|ERROR) /

const errorClasses: readonly (readonly [string, RegExp])[] = [
  ['proposal dropped', /proposal dropped/],
  ['not a member', /peer not found/],
  ['local message', /raft local message/],
  ['compacted', /unavailable due to compaction/],
  ['unavailable', /index is unavailable/],
  ['no room for a bootstrap', /due to bootstrap/],
  ['no voter left', /removed all voters|no voter left/],
  ['too many voters changed', /more than one voter changed without|several voters change/],
  ['joint already', /already joint|joint already/],
  ['not joint', /non-joint config|not joint/],
  ['no simple change while joint', /simple config change in joint|leave the joint configuration/],
  ['no voters to be joint with', /zero-voter config joint|no voters to be joint/],
]

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#skipSpace()
  }

  get done(): boolean {
    return this.#at >= this.#text.length
  }

  get at(): number {
    return this.#at
  }

  since(start: number): string {
    return this.#text.slice(start, this.#at).trimEnd()
  }

  /** Consumes `pattern` here, and the white space after it. */
  take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text)
    if (found === null) return null
    this.#at += found[0].length
    this.#skipSpace()
    return found
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at++
  }
}

/** The values that are given and not '0'. */
function nonZero(values: Readonly<Record<string, string | undefined>>): Fields {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(values))
    if (value !== undefined && value !== '0') kept[key] = value
  return kept
}

function takeAll<T>(take: () => T | null): readonly T[] {
  const all: T[] = []
  for (let next = take(); next !== null; next = take()) all.push(next)
  return all
}

function takeEntry(scanner: Scanner): Fields | null {
  const found = scanner.take(/(\d+)\/(\d+) (Entry\w+)((?: "(?:[^"\\]|\\.)*")|(?: [vlru]\d+)*)/)
  if (found === null) return null
  const [, term, index, type, data] = found
  return { ...nonZero({ term, index }), type, data: data?.trim() }
}

function takeMessage(scanner: Scanner): Fields | null {
  const head = scanner.take(/(\w+)->(\w+) (\w+) Term:(\d+) Log:(\d+)\/(\d+)/)
  if (head === null) return null
  const [, from, to, type, term, logTerm, index] = head
  const fields: Record<string, unknown> = { from, to, type, ...nonZero({ term, logTerm, index }) }
  for (;;) {
    const rejected = scanner.take(/Rejected \(Hint: (\d+)\)/)
    if (rejected !== null) Object.assign(fields, { rejected: true }, nonZero({ hint: rejected[1] }))
    const numbers = scanner.take(/(Commit|Vote):(\d+)/)
    if (numbers !== null) Object.assign(fields, nonZero({ [numbers[1]!]: numbers[2] }))
    const snapshot = scanner.take(/Snapshot: ([^\n]+)/)
    if (snapshot !== null) fields.snapshot = snapshot[1]
    const list = scanner.take(/(Entries|Responses):\[/)
    if (list !== null) {
      const entries = list[1] === 'Entries'
      fields[list[1]!] = takeAll(() => (entries ? takeEntry(scanner) : takeMessage(scanner)))
      if (scanner.take(/\]/) === null) throw new CaseError(`unclosed ${list[1]}`)
    }
    if ((rejected ?? numbers ?? snapshot ?? list) === null) return fields
  }
}

function takeReady(scanner: Scanner): Fields | null {
  const head = scanner.take(/Ready MustSync=(true|false):/)
  if (head === null) return null
  const fields: Record<string, unknown> = { mustSync: head[1] === 'true' }
  const soft = scanner.take(/Lead:(\d+) State:(\w+)/)
  if (soft !== null) fields.soft = nonZero({ lead: soft[1], state: soft[2] })
  const hard = scanner.take(/HardState Term:(\d+)(?: Vote:(\d+))? Commit:(\d+)/)
  if (hard !== null) fields.hardState = nonZero({ term: hard[1], vote: hard[2], commit: hard[3] })
  const reads = scanner.take(/ReadStates ([^\n]*)/)
  if (reads !== null) fields.reads = reads[1]
  if (scanner.take(/Entries:\n/) !== null) fields.entries = takeAll(() => takeEntry(scanner))
  const snapshot = scanner.take(/Snapshot ([^\n]+)/)
  if (snapshot !== null) fields.snapshot = snapshot[1]
  if (scanner.take(/CommittedEntries:\n/) !== null) fields.committed = takeAll(() => takeEntry(scanner))
  if (scanner.take(/Messages:\n/) !== null) fields.messages = takeAll(() => takeMessage(scanner))
  return fields
}

/**
 * A line of a node's progress or state. Its marks (paused, learner, inflight=3[full]) are sorted; zeros are
 * left out.
 */
function takeNodeLine(scanner: Scanner): Fields | null {
  const found = scanner.take(/(\d+): (State\w+) ([^\n]+)/)
  if (found === null) return null
  const [, id, state, marks] = found
  return {
    id,
    state,
    marks: marks!
      .split(/\s+/)
      .filter((mark) => !/[=:]0$/.test(mark))
      .sort(),
  }
}

const errorClass = (text: string): string => errorClasses.find(([, known]) => known.test(text))?.[0] ?? text

function takeItem(scanner: Scanner): Omit<Item, 'text'> {
  const heading = scanner.take(/> (\d+) ([a-zA-Z ]+)|(Processing|Responses):/)
  if (heading !== null) return { kind: 'heading', fields: { heading: heading[0].trim() } }
  const ready = takeReady(scanner)
  if (ready !== null) return { kind: 'ready', fields: ready }
  const dropped = scanner.take(/dropped: /) !== null
  const message = takeMessage(scanner)
  if (message !== null) return { kind: 'message', fields: { dropped, ...message } }
  const entry = takeEntry(scanner)
  if (entry !== null) return { kind: 'entry', fields: entry }
  const node = takeNodeLine(scanner)
  if (node !== null) return { kind: 'line', fields: node }
  return { kind: 'line', fields: { error: errorClass(scanner.take(/[^\n]+/)?.[0] ?? '') } }
}

export function parseOutput(output: string): readonly Item[] {
  const lines = output.split('\n').filter((line) => !logLine.test(line) && line.trim() !== 'ok')
  const scanner = new Scanner(`${lines.join('\n')}\n`)
  const items: Item[] = []
  while (!scanner.done) {
    const start = scanner.at
    items.push({ ...takeItem(scanner), text: scanner.since(start) })
  }
  return items
}

// What a node begins with: the document that its persist agent kept, or a first one.
import type { Json } from '../json/index.ts'
import type { RaftNode } from '../wire/index.ts'
import { emptyLog, type NodeState, readDocument } from './document.ts'
import { describeCause, RaftqError } from './errors.ts'
import type { CompleteOptions } from './options.ts'
import { PersistentState } from './persistent-state.ts'

/** With this start counted. Throws what the persist agent throws, and a RaftqError for what is no document. */
export async function restore(
  node: RaftNode,
  { persistAgent, platform }: CompleteOptions,
): Promise<NodeState> {
  const document = await persistAgent.restore(node)
  const found = readOf(document)
  if (found !== null) return { ...found, start: found.start + 1 }
  const data = document?.data as Json | undefined
  const isNothing = data === undefined || JSON.stringify(data) === '{}' // what raftq has before the first value
  return {
    incarnation: platform.mint(),
    start: 1,
    identity: null,
    dissolved: [],
    nodes: [],
    legacy: isNothing ? null : { data },
    log: emptyLog,
  }
}

function readOf(document: unknown): NodeState | null {
  try {
    const found = readDocument(document)
    if (found !== null) new PersistentState(found.log) // throws for a log with gaps, and for a state that is none
    return found
  } catch (cause) {
    // To go on without it could be to vote twice.
    throw new RaftqError(
      'OARLOCK_DECODE',
      'not-a-write',
      `what was persisted is damaged: ${describeCause(cause)}`,
    )
  }
}

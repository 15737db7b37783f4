// The state that a node starts with: the document from its persist agent, or a new one.
import type { Json } from '../json/index.ts'
import type { RaftNode } from '../wire/index.ts'
import { emptyLog, type NodeState, readDocument } from './document.ts'
import { describeCause, RaftqError } from './errors.ts'
import type { CompleteOptions } from './options.ts'
import { PersistentState } from './persistent-state.ts'

/**
 * Counts this start. Throws a RaftqError for a damaged document, and passes on errors of the persist agent.
 */
export async function restore(
  node: RaftNode,
  { persistAgent, platform }: CompleteOptions,
): Promise<NodeState> {
  const document = await persistAgent.restore(node)
  const found = readOf(document)
  if (found !== null) return { ...found, start: found.start + 1 }
  const data: Json | undefined = document?.data
  // raftq's value is {} before the first write.
  const isNothing = data === undefined || JSON.stringify(data) === '{}'
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
    if (found !== null) new PersistentState(found.log) // throws for a log with gaps, or a damaged state
    return found
  } catch (cause) {
    throw new RaftqError(
      'OARLOCK_DECODE',
      'not-a-write',
      `the persisted document is damaged: ${describeCause(cause)}`,
    )
  }
}

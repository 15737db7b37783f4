// Which member should lead where several could. Raft has no such rule (thesis §3.10 mentions preferred
// servers). It never costs safety, and at most one election timeout of availability.
//
// Members tell the leader their priority with each answered heartbeat. The leader tells every member the
// greatest priority among the others that could succeed it. A node that knows of a better one waits an
// election timeout longer before it stands. A leader that knows of a better one transfers leadership to it
// (node/successor.ts).
import type { Millis } from '../types.ts'

/** How much longer a node waits that knows of a better one. */
export function electionDelay(own: number, best: number, electionTimeout: Millis): Millis {
  return own < best ? electionTimeout : 0
}

// A module that the test loads into a process of the example (`node --import`). It reports the state of the
// node to the parent process whenever it changes, and replicates the values that the parent sends. The
// example itself is unchanged.
import { Raftq } from '@oarlock/raftq'
import axios from 'axios'

export interface Observation {
  readonly id: string
  /** 1: candidate, 2: follower, 3: leader. */
  readonly role: number
  readonly leader: string | null
  readonly data: unknown
  /** The number of other clusters that were met and did not merge. */
  readonly conflicts: number
}

export interface Write {
  readonly number: number
  readonly value: unknown
}

/** A message to the parent: an observation, or the outcome of a write. */
export type Report = Observation | { readonly number: number; readonly error: string | null }

const tell = (report: Report): void => {
  if (process.connected) process.send!(report)
}

function observe(raft: Raftq): void {
  let conflicts = 0
  let before = ''
  raft.subscribe('clusterConflict', () => {
    conflicts++
  })
  // raftq has no event for a change of the value.
  setInterval(() => {
    const { id } = raft.getNode()
    const leader = raft.getLeader()
    const observation: Observation = {
      id: String(id),
      role: raft.getRole(),
      leader: leader === null ? null : String(leader),
      data: raft.getData(),
      conflicts,
    }
    const text = JSON.stringify(observation)
    if (text === before) return
    before = text
    tell(observation)
  }, 5).unref()
  process.on('message', ({ number, value }: Write) => {
    raft.dispatch('replicateData', value).then(
      () => tell({ number, error: null }),
      (cause: Error) => tell({ number, error: cause.message }),
    )
  })
}

// The example announces a process once, and gives up after 100 ms. On a loaded machine that is too short, and a
// process that nobody has heard of stays alone. Ports on which nobody listens refuse at once.
axios.interceptors.request.use((request) =>
  request.url?.endsWith('/ackNode') === true ? { ...request, timeout: 10_000 } : request,
)

const { dispatch } = Raftq.prototype
Raftq.prototype.dispatch = function (this: Raftq, type, message) {
  const done = dispatch.call(this, type, message)
  if (type === 'serviceStarted') observe(this)
  return done
}

// A side module for the test (`node --import`): what a process of the example knows is told to the parent process whenever it has
// changed, and values that the parent sends are replicated. The example itself is not touched.
import { Raftq } from '@oarlock/raftq'

export interface Observation {
  readonly id: string
  /** 1: candidate, 2: follower, 3: leader. */
  readonly role: number
  readonly leader: string | null
  readonly data: unknown
  /** Other clusters with acknowledged values that were met. */
  readonly conflicts: number
}

export interface Write {
  readonly number: number
  readonly value: unknown
}

/** To the parent: what was observed, or what became of a write. */
export type Told = Observation | { readonly number: number; readonly error: string | null }

const tell = (told: Told): void => {
  if (process.connected) process.send!(told)
}

function observe(raft: Raftq): void {
  let conflicts = 0
  let before = ''
  raft.subscribe('clusterConflict', () => {
    conflicts++
  })
  // No event says that the value has changed.
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

const { dispatch } = Raftq.prototype
Raftq.prototype.dispatch = function (this: Raftq, type, message) {
  const done = dispatch.call(this, type, message)
  if (type === 'serviceStarted') observe(this)
  return done
}

// What a scenario shows of its members when it is asked: their logs, their roles, their disks.
import type { EntryId } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import { describeConfiguration, place } from '../model/index.ts'

const MOST = 24

function describeLog(start: EntryId, entries: readonly EntryId[]): string {
  const places =
    entries.length > MOST ? [place(entries[0]!), '…', place(entries.at(-1)!)] : entries.map(place)
  const all = start.index > 0 ? [`[… ${place(start)}]`, ...places] : places
  return all.length === 0 ? 'nothing' : all.join(' ')
}

/** The log that is on its disk, with what a snapshot stands for in brackets. */
export function describeDurableLog({ disk: { durableLog } }: SimNode): string {
  return describeLog(durableLog.start, durableLog.entries)
}

export function describeDisk(node: SimNode): string {
  const { term, vote } = node.disk.durableHardState
  return `term ${term}, ${vote === null ? 'no vote' : `its vote for ${vote}`}, ${describeDurableLog(node)}`
}

/** Role, term, what it has committed, whom it counts. */
export function describeState({ up, paused, raft }: SimNode): string {
  if (!up) return 'is down'
  const { role, term, leader, commit } = raft
  const { configuration } = raft.inspect()
  const follows =
    role === 'follower' && leader !== null
      ? `follows ${leader} in`
      : role === 'follower'
        ? 'follows nobody in'
        : role === 'leader'
          ? 'leads'
          : 'stands in'
  return `${follows} term ${term}, commit ${commit}, counts ${describeConfiguration(configuration)}${paused ? ' (stopped)' : ''}`
}

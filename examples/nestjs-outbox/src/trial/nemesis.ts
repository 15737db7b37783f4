// Injects faults into leaders. After each fault another instance leads for a while, and then the old leader
// is brought back.
import { batchSize } from '../event-source.ts'
import type { Leader, Progress } from './progress.ts'

export type Fault = 'kill' | 'freeze' | 'cut'

export const faults: readonly Fault[] = ['kill', 'freeze', 'cut']

export interface Nemesis {
  readonly progress: Progress
  say(text: string): void
  /** Called when a transaction that was cut off has arrived. */
  late(refused: boolean): void
}

/** Resolves when the fault is repaired and the work has gone on for a while. */
export async function inject(fault: Fault, nemesis: Nemesis): Promise<void> {
  const { progress, say } = nemesis
  const leader = progress.leader!
  const { instance } = leader
  if (fault === 'kill') {
    say(`${instance.name} leads, and is killed`)
    await instance.kill()
    await anotherLeads(nemesis, leader)
    instance.start()
  } else if (fault === 'freeze') {
    say(`${instance.name} leads, and is frozen`)
    instance.freeze()
    await anotherLeads(nemesis, leader)
    instance.wake()
    say(`${instance.name} is awake again`)
  } else {
    await instance.proxy.cutAtTransaction()
    say(`${instance.name} leads, and is cut off from Redis in the middle of a transaction`)
    await anotherLeads(nemesis, leader)
    const refused = await instance.proxy.mend()
    say(
      `${instance.name} is connected again; its transaction arrives, and is ${refused ? 'refused' : 'ACCEPTED'}`,
    )
    nemesis.late(refused)
  }
  await workContinues(progress)
}

async function anotherLeads({ progress, say }: Nemesis, { fence }: Leader): Promise<void> {
  await progress.until('another instance leads', () => progress.leader!.fence > fence)
  say(`${progress.leader!.instance.name} leads, fence ${progress.leader!.fence}`)
  await workContinues(progress)
}

/** Waits until every event that was about to be enqueued is processed, and a few more. */
export async function workContinues(progress: Progress): Promise<void> {
  const goal = progress.enqueued + 2 * batchSize
  await progress.until('work continues', () => progress.worked >= goal)
}

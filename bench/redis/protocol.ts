// What the processes of instances are told (their first argument, as JSON), and what they say (over the channel of
// child_process.fork). Times are the machine's, in ms.

export interface InstanceArguments {
  /** Of Redis, or of what stands before it. */
  readonly port: number
  readonly prefix: string
  /** How many instances this process is. */
  readonly instances: number
}

/** What an instance knows of the others. */
export interface Sight {
  readonly leader: string | null
  readonly members: number
  /** How many of them vote. */
  readonly voters: number
}

export type Report =
  /** The instances of this process are there. */
  | { readonly type: 'ready'; readonly ids: readonly string[] }
  /** From then on this instance has said that it leads. */
  | { readonly type: 'began'; readonly id: string; readonly at: number }
  /** And until then, had anybody asked it. */
  | { readonly type: 'ended'; readonly id: string; readonly at: number }
  | ({ readonly type: 'sees'; readonly id: string } & Sight)

export const tell = (report: Report): void => {
  process.send?.(report)
}

/** Tells what an instance sees, when that has changed. */
export function tellSights(id: string, look: () => Sight): void {
  let told = ''
  setInterval(() => {
    const sight = look()
    const now = JSON.stringify(sight)
    if (now !== told) tell({ type: 'sees', id, ...sight })
    told = now
  }, 20)
}

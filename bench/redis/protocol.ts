// What the benchmark tells an instance process (its first argument, as JSON) and what that reports (over the
// channel of child_process.fork). Times are the machine's, in ms.

export interface InstanceArguments {
  /** The port of Redis, or of the proxy before it. */
  readonly port: number
  readonly prefix: string
  /** The number of instances in this process. */
  readonly instances: number
}

/** What an instance knows about the others. */
export interface InstanceView {
  readonly leader: string | null
  readonly members: number
  /** How many members vote. */
  readonly voters: number
}

export type Report =
  /** The instances of this process have started. */
  | { readonly type: 'ready'; readonly ids: readonly string[] }
  /** The time from which this instance says that it leads. */
  | { readonly type: 'began'; readonly id: string; readonly at: number }
  /** The time until which it would have said so. */
  | { readonly type: 'ended'; readonly id: string; readonly at: number }
  | ({ readonly type: 'view'; readonly id: string } & InstanceView)
  /** Everything that had happened before this request is reported. */
  | { readonly type: 'caughtUp'; readonly request: number }

/** Asks a process to report everything that has happened. */
export interface CatchUpRequest {
  readonly request: number
}

export const send = (report: Report): void => {
  process.send?.(report)
}

/** `report` reports what has happened, and resolves when that is done. */
export function answerRequests(report: () => Promise<unknown>): void {
  process.on('message', async ({ request }: CatchUpRequest) => {
    await report()
    send({ type: 'caughtUp', request })
  })
}

/** Reports the view of an instance when it has changed. */
export function reportViews(id: string, look: () => InstanceView): void {
  let reported = ''
  setInterval(() => {
    const view = look()
    const now = JSON.stringify(view)
    if (now !== reported) send({ type: 'view', id, ...view })
    reported = now
  }, 20)
}

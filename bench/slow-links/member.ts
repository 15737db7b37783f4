// One process of a cluster behind slow links: a member as any user would set it up.
import { randomBytes } from 'node:crypto'
import { join, OarlockError } from 'oarlock'
import type { Counts, MemberArguments, Order, Report } from './protocol.ts'

const { commandBytes, ...options } = JSON.parse(process.argv[2] ?? '{}') as MemberArguments
const command = new Uint8Array(randomBytes(commandBytes))

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

let bytes = 0
let committed = 0
const failed: Record<string, number> = {}
const counts = (): Counts => ({ bytes, committed, failed })

const member = await join<Uint8Array, void>({
  ...options,
  machine: {
    apply(applied) {
      bytes += applied.length
    },
  },
  codec: { encode: (data) => data, decode: (data) => data },
  shutdownSignals: [],
})
member.closed.catch(fail)

async function propose(): Promise<void> {
  for (;;) {
    try {
      await member.propose(command)
      committed++
    } catch (error) {
      if (!(error instanceof OarlockError)) return fail(error)
      failed[error.code] = (failed[error.code] ?? 0) + 1
    }
  }
}

process.on('message', (order: Order) => {
  if (order.type === 'count') tell({ type: 'counts', counts: counts() })
  else for (let n = 0; n < order.proposers; n++) void propose()
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the trial

member
  .lead(async ({ fence, signal }) => {
    tell({ type: 'leading', fence })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  .catch(fail)
tell({ type: 'joined' })

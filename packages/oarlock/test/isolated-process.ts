// A member in a process of its own, whose event loop a test blocks. Orders come by IPC, and each report goes
// back as one message.
//
//   fork('isolated-process.ts', ['<MemberOptions as JSON>', '<whether it is isolated>'])
import { subscribe } from 'node:diagnostics_channel'
import { until } from '@oarlock/test-support/event'
import { type Health, join, type Leadership, type MemberEvents, memberChannels } from '../src/index.ts'

export type Order =
  | { readonly block: number }
  | { readonly write: string }
  | { readonly close: true }
  | { readonly crash: true }
  | { readonly session: true }
  /** Keeps the state machine busy for so many ms. */
  | { readonly work: number }

export interface Reports {
  readonly leads: number
  readonly leader: string | null
  /** Read at once after the block. */
  readonly unblocked: { readonly held: boolean; readonly fence: number }
  readonly written: unknown
  /** What a session answered, before and after it was closed. */
  readonly session: readonly unknown[]
  /** What it answered to probes while its state machine was busy, and what it has logged then. */
  readonly worked: {
    readonly ready: Health
    readonly live: Health
    readonly warnings: readonly string[]
    /** The channels on which it has told something. */
    readonly channels: readonly string[]
  }
  /** The member had to stop. */
  readonly stopped: {
    readonly state: string
    readonly code: unknown
    /** As the event says. */
    readonly told: unknown
    readonly why: string
  }
}

export type Report = {
  readonly [K in keyof Reports]: { readonly kind: K; readonly is: Reports[K] }
}[keyof Reports]

const [options, isolated] = process.argv.slice(2)
const say = <K extends keyof Reports>(kind: K, is: Reports[K]): void => void process.send!({ kind, is })

const warnings: string[] = []
const logger = { debug() {}, info() {}, warn: (_: object, line: string) => warnings.push(line), error() {} }

const events = new Map<string, unknown>()
for (const name of memberChannels) subscribe(name, (message) => events.set(name, message))
const stopped = () =>
  events.get('oarlock:member:stopped') as MemberEvents['oarlock:member:stopped'] | undefined

const member = await join<unknown, unknown>({
  ...JSON.parse(options!),
  logger,
  ...(isolated === 'true' ? { isolate: true, machine: new URL('isolated-machine.ts', import.meta.url) } : {}),
})

let leadership: Leadership | null = null
const asleep = new Int32Array(new SharedArrayBuffer(4))

process.on('message', async (order: Order) => {
  if ('block' in order) {
    Atomics.wait(asleep, 0, 0, order.block)
    const { held, fence } = leadership!
    say('unblocked', { held, fence })
  } else if ('write' in order) say('written', await member.propose({ sku: order.write, add: 1 }))
  else if ('work' in order) {
    await until(() => member.ready().ok)
    const done = member.propose({ sku: 'slow', add: order.work })
    await until(() => !member.ready().ok)
    const during = { ready: member.ready(), live: member.live() }
    await done
    await until(() => member.ready().ok && warnings.some((line) => line.includes('thread')))
    await member.snapshot()
    await until(() => events.has('oarlock:member:snapshot'))
    say('worked', { ...during, warnings, channels: [...events.keys()] })
  } else if ('session' in order) {
    const session = await member.session()
    const first = await session.propose({ sku: 'in a session', add: 2 })
    await Promise.all([session.close(), session.close()])
    const late = await session.propose({ sku: 'late', add: 1 }).catch(({ code }) => code)
    say('session', [first, late])
  } else if ('crash' in order) await member.propose({ sku: 'broken', add: 0 }).catch(() => {})
  else {
    await member.close()
    process.disconnect()
  }
})

member.closed.catch(async ({ code }) => {
  const { state } = member.status()
  await until(() => stopped() !== undefined)
  const { code: told } = stopped()!.error as { code?: unknown }
  say('stopped', { state, code, told, why: String(member.why()) })
})

const tell = async (): Promise<void> => {
  for await (const leader of member.observe()) say('leader', leader?.id ?? null)
}
void tell()

await member
  .lead(async (mine) => {
    leadership = mine
    say('leads', mine.fence)
    await new Promise((resolve) => mine.signal.addEventListener('abort', resolve, { once: true }))
  })
  .catch(() => {})

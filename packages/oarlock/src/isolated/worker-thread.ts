// The worker's side of an isolated member: a member of this thread, and what the application's thread is told
// of it.
import type { MessagePort } from 'node:worker_threads'
import type { Codec, EventSink, Logger, MemberChannel, Session, StateMachine } from '@oarlock/runtime'
import { InvalidOptionsError } from '@oarlock/runtime'
import type { WatchFeed } from '@oarlock/store'
import { joinHere, type MemberOptions } from '../member/index.ts'
import type { StoreMember } from '../store/index.ts'
import { cloneable, copyOf } from './error-copy.ts'
import type { Calls, LogLevel, Method, Order, Report, State, ToldHealth, WorkerStart } from './messages.ts'
import { beat, pulseInterval } from './pulse.ts'
import { LeadershipWriter } from './shared-leadership.ts'

type AnyMember = StoreMember<unknown, unknown, unknown, unknown>

/** What the module of a machine exports. */
interface MachineModule {
  readonly machine?: StateMachine<unknown, unknown, unknown, unknown>
  readonly default?: unknown
  readonly codec?: Codec<unknown>
  readonly resultCodec?: Codec<unknown>
}

/** Runs a member until it is closed. */
export async function runMember(start: WorkerStart, orders: MessagePort): Promise<void> {
  const tell = (report: Report): void => orders.postMessage(report)
  try {
    const member = await joined(start, tell)
    serve(member, start, orders, tell)
    tell({ type: 'joined' })
  } catch (error) {
    tell({ type: 'refused', error: copyOf(error) })
    orders.close()
  }
}

async function joined({ options, machine, leadership }: WorkerStart, tell: (report: Report) => void) {
  const writer = new LeadershipWriter(leadership)
  // The lease of a cluster of one has no end, but the thread may have one.
  process.once('exit', () => writer.end())
  let member: AnyMember | null = null
  let fence = 0
  const write = (): void => {
    const held = member?.leadership ?? null
    if (held === null) writer.end()
    else writer.write(held.fence, held.deadline)
    const now = held?.fence ?? 0
    if (now === fence) return
    fence = now
    tell({ type: 'leadership' })
  }
  const given = machine === null ? {} : await loaded(machine)
  const own = { shutdownSignals: [], logger: loggerTo(tell) }
  // TypeScript cannot see that a spread keeps one of the alternatives.
  const all = { ...options, ...given, ...own } as unknown as MemberOptions<unknown, unknown, unknown, unknown>
  member = await joinHere(all, { leadershipMayHaveChanged: write, events: sinkTo(tell) })
  return member
}

async function loaded(url: string): Promise<Pick<MachineModule, 'machine' | 'codec' | 'resultCodec'>> {
  let module: MachineModule
  try {
    module = (await import(url)) as MachineModule
  } catch (cause) {
    throw new InvalidOptionsError(`machine: the module ${url} cannot be loaded: ${String(cause)}`, { cause })
  }
  const machine = module.machine ?? (module.default as MachineModule['machine'])
  if (machine === undefined)
    throw new InvalidOptionsError(
      `machine: the module ${url} exports no 'machine', and has no default export`,
    )
  const { codec, resultCodec } = module
  return {
    machine,
    ...(codec === undefined ? {} : { codec }),
    ...(resultCodec === undefined ? {} : { resultCodec }),
  }
}

/** The application's thread tells these itself. */
const toldThere: ReadonlySet<MemberChannel> = new Set([
  'oarlock:member:started',
  'oarlock:member:leadership',
  'oarlock:member:leader',
  'oarlock:member:stopped',
])

/** Whether somebody listens in the application's thread is not known here. */
const sinkTo = (tell: (report: Report) => void): EventSink => ({
  publish(name, message) {
    if (toldThere.has(name)) return
    const { error, ...fields } = message() as { readonly error?: Error | null }
    const copy = error instanceof Error ? copyOf(error) : error
    tell({ type: 'event', event: { name, message: fields, ...(copy === undefined ? {} : { error: copy }) } })
  },
})

function loggerTo(tell: (report: Report) => void): Logger {
  const write =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      const copied = Object.entries(fields).map(([name, value]) => [name, cloneable(value)])
      tell({ type: 'log', level, fields: Object.fromEntries(copied), message })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

const healthOf = (member: AnyMember): ToldHealth => ({ ready: member.ready(), live: member.live() })

const stateOf = (member: AnyMember): State => ({
  status: member.status(),
  metrics: member.metrics(),
  view: member.inspect(),
  why: member.why().findings,
  health: healthOf(member),
  address: member.address,
})

function serve(
  member: AnyMember,
  { answers, port, pulse }: WorkerStart,
  orders: MessagePort,
  tell: (report: Report) => void,
): void {
  const answered = new Int32Array(answers)
  const aborts = new Map<number, AbortController>()
  const methods = methodsOf(member)

  const call = async (number: number, method: Method, args: Calls[Method]): Promise<void> => {
    const controller = new AbortController()
    aborts.set(number, controller)
    try {
      const carryOut = methods[method] as (args: Calls[Method], signal: AbortSignal) => Promise<unknown>
      const value = await carryOut(args, controller.signal)
      try {
        tell({ type: 'done', call: number, value })
      } catch (cause) {
        throw new InvalidOptionsError(`the result of ${method} cannot be copied to another thread`, { cause })
      }
    } catch (error) {
      tell({ type: 'failed', call: number, error: copyOf(error) })
    } finally {
      aborts.delete(number)
    }
  }

  orders.on('message', (order: Order) => {
    if (order.type === 'call') void call(order.call, order.method, order.args)
    else if (order.type === 'abort') aborts.get(order.call)?.abort(order.reason)
    else if (order.type === 'state') {
      port.postMessage(stateOf(member))
      Atomics.add(answered, 0, 1)
      Atomics.notify(answered, 0)
    } else void member.leadership?.held
  })

  const observe = async (): Promise<void> => {
    for await (const leader of member.observe()) tell({ type: 'leader', leader })
  }
  void observe()

  let told = ''
  const timer = setInterval(() => {
    beat(pulse)
    const health = healthOf(member)
    const now = JSON.stringify(health)
    if (now === told) return
    told = now
    tell({ type: 'health', health })
  }, pulseInterval)

  const over = (error: unknown): void => {
    tell({ type: 'closed', error: error === null ? null : copyOf(error), last: stateOf(member) })
    clearInterval(timer)
    port.close()
    orders.close()
  }
  member.closed.then(() => over(null), over)
}

type Methods = { readonly [M in Method]: (args: Calls[M], signal: AbortSignal) => Promise<unknown> }

function methodsOf(member: AnyMember): Methods {
  const sessions = new Map<number, Session<unknown, unknown>>()
  const streams = new Map<number, { bytes: AsyncIterator<Uint8Array>; controller: AbortController }>()
  let lastStream = 0
  const watches = new Map<number, WatchFeed>()
  let lastWatch = 0
  return {
    propose: ([command, options], signal) => member.propose(command, { ...options, signal }),
    read: ([query, options], signal) => member.read(query, { ...options, signal }),
    session: async ([options], signal) => {
      const session = await member.session({ ...options, signal })
      sessions.set(session.id, session)
      return session.id
    },
    proposeInSession: ([id, command], signal) => sessions.get(id)!.propose(command, { signal }),
    closeSession: async ([id]) => {
      await sessions.get(id)!.close()
      sessions.delete(id)
    },
    snapshot: () => member.snapshot(),
    members: (_, signal) => member.members({ signal }),
    reconfigure: ([change, options], signal) => member.reconfigure(change, { ...options, signal }),
    transferLeadership: ([options], signal) => member.transferLeadership({ ...options, signal }),
    backup: ([file], signal) => member.backup(file, { signal }),
    backupStream: async () => {
      const controller = new AbortController()
      const bytes = member.backupStream({ signal: controller.signal })[Symbol.asyncIterator]()
      streams.set(++lastStream, { bytes, controller })
      return lastStream
    },
    readStream: async ([number], signal) => {
      const { bytes, controller } = streams.get(number)!
      signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
      const { done, value } = await bytes.next()
      return done === true ? null : value
    },
    endStream: async ([number]) => {
      const stream = streams.get(number)
      streams.delete(number)
      await stream?.bytes.return?.()
    },
    changeStore: ([change], signal) => member.backend.change(change, { signal }),
    readStore: ([request, consistency], signal) => member.backend.range(request, consistency, { signal }),
    leases: ([owner], signal) => member.backend.leases(owner, { signal }),
    renewLeases: ([owner]) => member.backend.renew(owner),
    watch: async ([request], signal) => {
      const feed = await member.backend.watch(request, { signal })
      watches.set(++lastWatch, feed)
      return { watch: lastWatch, taken: null, seen: feed.seen }
    },
    takeChanges: async ([watch]) => {
      const feed = watches.get(watch)!
      return { taken: await feed.take(), seen: feed.seen }
    },
    endWatch: async ([watch]) => {
      watches.get(watch)?.close()
      watches.delete(watch)
    },
    close: () => member.close(),
  }
}

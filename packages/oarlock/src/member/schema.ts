// What each option of join() may be. What they must be together is in options.ts.
import {
  callback,
  duration,
  group,
  listOf,
  loggerRule,
  mustBe,
  needed,
  number,
  oneOf,
  type Rule,
  recordOf,
  type Schema,
  type StateMachine,
  snapshotSchema,
  text,
  withMethods,
  withSynchronousMethods,
} from '@oarlock/runtime'
import { storeSchema } from '@oarlock/store'
import { shutdownSignal } from '../node/index.ts'
import { secretRule, tlsRule } from '../transport/index.ts'
import type { MemberOptions } from './member-options.ts'

const codec = withSynchronousMethods(
  'a codec, an object with the methods encode and decode',
  'encode',
  'decode',
)

const endless = (limits: { least?: number; above?: number }) =>
  number({ of: 'milliseconds', ...limits, endless: true })

const machineMethods = withSynchronousMethods('a state machine, an object with the method apply', 'apply')
const snapshotMethods = withMethods('an object with format, take and restore', 'take', 'restore')
const formatRule = number({ least: 0, most: 2 ** 32 - 1, whole: true })

const machineRule: Rule = (value, name) => {
  if (value instanceof URL) return null
  const complaint = machineMethods(value, name)
  if (complaint !== null) return complaint
  const { snapshots } = value as Partial<StateMachine<never, never>>
  if (snapshots === undefined) return null
  const what = `${name}.snapshots`
  return snapshotMethods(snapshots, what) ?? formatRule(snapshots.format, `${what}.format`)
}

export const memberSchema: Schema<MemberOptions<never, never>> = {
  id: needed(text("this member's name, a string that is not empty")),
  // Only TCP needs the addresses: options.ts checks them.
  peers: recordOf(
    mustBe("a 'host:port'", (value) => typeof value === 'string'),
    "an object that maps each member's id to its 'host:port'",
  ),
  seeds: listOf(
    mustBe("a 'host:port'", (value) => typeof value === 'string' && value !== ''),
    "one or more 'host:port'",
  ),
  as: oneOf('voter', 'learner', 'witness'),
  admission: oneOf('open', 'operator'),
  data: text("the directory of this member's log, a string that is not empty"),
  listen: text("a 'host:port'"),
  tls: tlsRule,
  secret: secretRule,
  advertise: text("a 'host:port'"),
  cluster: text(),
  founding: oneOf('all', 'majority'),
  rejoin: oneOf('replace'),
  restore: text('the file of a backup, a string that is not empty'),
  machine: machineRule,
  codec,
  resultCodec: codec,
  snapshots: group(snapshotSchema),
  electionTimeout: duration,
  heartbeatInterval: duration,
  priority: number({ least: 0, most: 100, whole: true }),
  kind: oneOf('full', 'witness'),
  purpose: oneOf('replication', 'election'),
  proposeTimeout: endless({ above: 0 }),
  readTimeout: endless({ above: 0 }),
  store: group(storeSchema),
  drainTimeout: endless({ least: 0 }),
  shutdownSignals: listOf(shutdownSignal, 'signals'),
  logger: loggerRule,
  isolate: mustBe(
    "true, or the URL of a file that imports 'oarlock/worker'",
    (value) => typeof value === 'boolean' || value instanceof URL,
  ),
  logStore: withMethods('a log store', 'open', 'write', 'recordPeers', 'close'),
  transport: withMethods('a transport', 'open', 'send', 'close'),
  clock: withMethods('a clock', 'now', 'at'),
  random: callback('a function that returns a number in [0, 1)'),
}

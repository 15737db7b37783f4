// A process that is no member: it leads an election and holds a lock, and says so, one line of JSON each.
//
//   node --conditions=@oarlock/source holder-process.ts '<ConnectOptions as JSON>' <ttl in ms>
//
// Whenever its signals have aborted, it says what it thinks then.
import { aborted } from '@oarlock/test-support/event'
import { connect } from '../src/index.ts'

const [options, ttl] = process.argv.slice(2)
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

const oarlock = await connect({
  ...JSON.parse(options!),
  logger: { debug() {}, info() {}, warn() {}, error() {} },
})
const recipe = { ttl: Number(ttl) }
const lock = await oarlock.lock('job', recipe).acquire()
const leadership = await oarlock.election('job', recipe).campaign()
say({ id: oarlock.id, lock: lock.fence, leadership: leadership.fence })
await Promise.all([aborted(lock.signal), aborted(leadership.signal)])
say({ held: [lock.held, leadership.held] })

// `npm run bench:scale`: what the store costs with many keys and leases, beside a real etcd.
import { note, textOf } from '../part.ts'
import { cleanUpAtExit } from '../processes.ts'
import { record } from '../record.ts'
import { etcdWithGenerator } from '../store/etcd-generator.ts'
import { measure } from './contender.ts'
import { Etcd } from './etcd.ts'
import { parseFlags, usage } from './flags.ts'
import { Oarlock } from './oarlock.ts'
import { barsOf, reportOf } from './report.ts'

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2))
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  cleanUpAtExit()
  const servers = flags.withoutEtcd ? null : etcdWithGenerator()
  if (servers === null)
    note(`without etcd: ${flags.withoutEtcd ? 'as asked' : 'it, Go or its client in Go is not installed'}`)
  const oarlock = await measure(new Oarlock(flags), flags)
  const measured = [oarlock]
  if (servers !== null) measured.push(await measure(new Etcd(servers, flags), flags))
  const bars = barsOf(flags, oarlock)
  const heading = 'The store with many keys and leases'
  const text = textOf({ heading, figures: measured, text: reportOf(flags, measured), bars })
  process.stdout.write(flags.json ? `${JSON.stringify({ measured, bars }, null, 2)}\n` : `\n${text}\n`)
  if (flags.record) record('bench:scale', heading, flags.note, text)
  return flags.check && bars.some(({ reached }) => !reached) ? 1 : 0
}

try {
  process.exit(await main())
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

// A member in a process of its own, over TCP and a log on disk: what member.process.test.ts starts, signals and kills.
// Says on its standard output, a line of JSON each, whom it sees lead, and what its own leaderships add up to.
//
//   node --conditions=@oarlock/source member-process.ts '<MemberOptions as JSON>' [close | hang]
//
// With `close` it closes by itself after its first leadership began, instead of leading on. With `hang` its task does not
// end when it is told to.
import { aborted } from '@oarlock/test-support/event'
import { join } from '../src/index.ts'

const [options, then] = process.argv.slice(2)
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

let sum = 0
const member = await join<number, number>({
  ...JSON.parse(options!),
  machine: {
    apply(command) {
      sum += command
      return sum
    },
  },
})

const observing = (async () => {
  for await (const leader of member.observe()) say({ sees: leader })
})()

try {
  await member.lead(async ({ fence, signal }) => {
    say({ leads: fence, sum: await member.propose(1) })
    if (then === 'close') return
    await aborted(signal)
    say({ ends: fence, held: member.leadership?.held ?? false })
    if (then === 'hang') await new Promise(() => {})
  })
  if (then === 'close') await member.close()
} catch (error) {
  say({ error: (error as { code?: string }).code ?? String(error) })
}
await observing
say({ closed: member.id })

// A member in its own process, over TCP and a log on disk, for member.process.test.ts. It writes to standard
// output, one line of JSON each, the leaders that it sees, and the sum at each of its own leaderships.
//
//   node --conditions=@oarlock/source member-process.ts '<MemberOptions as JSON>' [close | hang]
//
// With `close` it closes after its first leadership has begun. With `hang` its task ignores the signal.
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

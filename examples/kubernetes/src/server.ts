import { createServer } from 'node:http'
import { setInterval as every } from 'node:timers/promises'
import { type Health, join } from 'oarlock'

// oarlock.yaml sets these for each pod.
const id = process.env.OARLOCK_ID!
const member = await join({
  id,
  peers: Object.fromEntries(process.env.OARLOCK_PEERS!.split(',').map((peer) => peer.split('='))),
  // The pod's own name may not resolve yet when it starts, so it listens on every interface.
  listen: process.env.OARLOCK_LISTEN!,
  data: process.env.OARLOCK_DATA!,
  secret: process.env.OARLOCK_SECRET!,
  // A pod whose volume was lost is taken in again.
  rejoin: 'replace',
})

const server = createServer((request, response) => {
  const answer = (status: number, text: string) => response.writeHead(status).end(`${text}\n`)
  const answerTo = ({ ok, reasons }: Health) => {
    if (ok) return answer(200, 'ok')
    return answer(503, [...reasons.map(({ text }) => text), String(member.why())].join('\n'))
  }
  switch (request.url) {
    case '/live':
      return answerTo(member.live())
    case '/ready':
      return answerTo(member.ready())
    default:
      return answer(200, JSON.stringify(member.status()))
  }
})
server.listen(Number(process.env.PORT))

// A member that had to stop takes no part any more: the platform starts the process again.
member.closed.catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})

await member.lead(async (leadership) => {
  for await (const _ of every(1000, null, { signal: leadership.signal })) {
    leadership.assertHeld()
    console.log(`${id} sends the invoices, fence ${leadership.fence}`)
  }
})

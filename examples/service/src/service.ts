import { createServer } from 'node:http'
import { setInterval as every } from 'node:timers/promises'
import { join } from 'oarlock'

const peers = { 'api-1': '127.0.0.1:7401', 'api-2': '127.0.0.1:7402', 'api-3': '127.0.0.1:7403' }
const id = process.argv[2] ?? 'api-1'

const member = await join({ id, peers, data: `./data/${id}` })

// Every instance serves requests …
const server = createServer((_request, response) => response.end(JSON.stringify(member.status())))
server.listen(0, '127.0.0.1')
member.closed.then(() => server.close())

// … and one of them, wherever leadership goes, does the work that must be done once.
await member.lead(async (leadership) => {
  for await (const _ of every(1000, null, { signal: leadership.signal })) {
    leadership.assertHeld()
    console.log(`${id} sends the invoices, fence ${leadership.fence}`)
  }
})

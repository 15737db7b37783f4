// One program, as a member, as a client of members, or on an etcd: the line that opens it is all that differs.
//
//   node scripts/run.mjs examples/one-program/src/main.ts member 127.0.0.1:7441 ./data/api-1
//   node scripts/run.mjs examples/one-program/src/main.ts connect 127.0.0.1:7441
//   node scripts/run.mjs examples/one-program/src/main.ts etcd 127.0.0.1:2379
import { etcd } from '@oarlock/etcd'
import { connect, join } from 'oarlock'
import { sendInvoices } from './send-invoices.ts'

const [kind, address = '', data = './data/api-1'] = process.argv.slice(2)

const ways = {
  member: () => join({ id: 'api-1', peers: { 'api-1': address }, data }),
  connect: () => connect({ endpoints: [address] }),
  etcd: async () => etcd({ hosts: address }),
}

const oarlock = await ways[kind as keyof typeof ways]()
try {
  await sendInvoices(oarlock, 20, (invoice, fence) =>
    console.log(`${kind} has sent ${invoice} with fence ${fence}`),
  )
  // A member serves the others until it is told to end.
  if (kind === 'member') await new Promise((resolve) => process.once('SIGTERM', resolve))
} finally {
  await oarlock.close()
}

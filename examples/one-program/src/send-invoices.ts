// Sends each invoice once, whichever instance leads, and whatever the instances coordinate on.
import type { Coordinator } from 'oarlock'

/** Calls back for each invoice that this instance has sent, with the fence under which it did. */
export async function sendInvoices(
  oarlock: Coordinator,
  count: number,
  sent: (invoice: number, fence: number) => void,
): Promise<void> {
  await oarlock.election('billing', { ttl: 1000 }).lead(async (leadership) => {
    for (let invoice = 1; invoice <= count; invoice++) {
      leadership.assertHeld()
      const { succeeded } = await oarlock.kv
        .transaction()
        .when(`invoices/${invoice}`, 'version', '=', 0)
        // Whoever leads no longer can record nothing, however late it comes.
        .when(...leadership.condition)
        .then({ put: `invoices/${invoice}`, value: String(leadership.fence) })
        .commit({ signal: leadership.signal })
      if (succeeded) sent(invoice, leadership.fence)
    }
  })
}

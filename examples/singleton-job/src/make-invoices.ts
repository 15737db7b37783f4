// Makes invoices.ndjson, the shipped input, with the same bytes every time:
// node src/make-invoices.ts > invoices.ndjson
const customers = [
  'Nordwind GmbH',
  'Bakker & Zonen',
  'Café Lumière',
  'Hafen Logistik',
  'Ottoline Press',
  'Vega Instruments',
  'Kestrel Farms',
  'Łódź Optyka',
  'Mar Azul SA',
  'Fjellheim AS',
  'Brightwater Ltd',
  'Tanaka Seiki',
  'Alpenrad AG',
  'Oakline Joinery',
  'Delta Kliniek',
  'Quarry & Sons',
]
const currencies = ['EUR', 'EUR', 'EUR', 'GBP', 'USD', 'CHF', 'NOK']
const terms = [14, 14, 30, 30, 30, 60]
const invoices = 12_000
const day = 24 * 60 * 60 * 1000

/**
 * A linear congruential generator (Numerical Recipes). It is good enough for invoices, and the same on every
 * machine.
 */
let state = 2026
function below(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

const date = (time: number): string => new Date(time).toISOString().slice(0, 10)

for (let i = 1; i <= invoices; i++) {
  const issued = Date.UTC(2026, 0, 1) + Math.floor((i / invoices) * 360) * day
  const invoice = {
    id: `INV-${String(i).padStart(6, '0')}`,
    customer: customers[below(customers.length)],
    currency: currencies[below(currencies.length)],
    cents: 500 + below(1000) ** 2,
    issued: date(issued),
    due: date(issued + terms[below(terms.length)]! * day),
  }
  process.stdout.write(`${JSON.stringify(invoice)}\n`)
}

// A state machine in a module of its own, as members with `isolate` have it.
const stock = new Map<string, number>()

export const machine = {
  apply({ sku, add }: { sku: string; add: number }) {
    if (sku === 'broken') throw new Error('a command that the machine cannot bear')
    if (sku === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, add)
    stock.set(sku, (stock.get(sku) ?? 0) + add)
    return { left: stock.get(sku)! }
  },
  query: (sku: string) => stock.get(sku) ?? null,
  snapshots: {
    format: 1,
    take() {
      const state = new TextEncoder().encode(JSON.stringify([...stock]))
      return (async function* () {
        yield state
      })()
    },
    async restore(chunks: AsyncIterable<Uint8Array>) {
      const decoder = new TextDecoder()
      let text = ''
      for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
      stock.clear()
      for (const [sku, left] of JSON.parse(text) as [string, number][]) stock.set(sku, left)
    },
  },
}

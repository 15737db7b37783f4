// A state machine with snapshots, for tests: the list of its commands.
import type { MachineSnapshots, StateMachine } from '../src/index.ts'

export class ListMachine implements StateMachine<string, number> {
  items: readonly string[] = []
  /** How often commands were applied here, after restores. */
  applied = 0
  restored = 0
  readonly snapshots: MachineSnapshots

  constructor({
    format = 1,
    takes = (bytes: Uint8Array): AsyncIterable<Uint8Array> => inPieces(bytes),
  } = {}) {
    this.snapshots = {
      format,
      take: () => takes(new TextEncoder().encode(JSON.stringify(this.items))),
      restore: async (chunks) => {
        const parts: Uint8Array[] = []
        for await (const chunk of chunks) parts.push(chunk)
        this.items = JSON.parse(Buffer.concat(parts).toString())
        this.restored++
      },
    }
  }

  apply(command: string): number {
    this.applied++
    this.items = [...this.items, command]
    return this.items.length
  }
}

export async function* inPieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise(setImmediate)
    yield bytes.subarray(at, at + size)
  }
}

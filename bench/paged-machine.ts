// A state machine of a fixed size: records of 100 bytes in pages. Each command replaces the record that its
// first four bytes choose. Its snapshots copy only the pages that change while they are taken.
import type { ApplyContext, MachineSnapshots, StateMachine } from 'oarlock'

export const recordBytes = 100
const pageBytes = 2 ** 20
const recordsInPage = Math.floor(pageBytes / recordBytes)

/** A command that replaces the record with this number. Numbers wrap around at the last one. */
export function writeRecord(command: Uint8Array, record: number): Uint8Array {
  new DataView(command.buffer, command.byteOffset).setUint32(0, record, true)
  return command
}

const recordOf = (command: Uint8Array): number =>
  command[0]! + command[1]! * 2 ** 8 + command[2]! * 2 ** 16 + command[3]! * 2 ** 24

export class PagedMachine implements StateMachine<Uint8Array, number, null, number> {
  /** The index of the last command. */
  applied = 0
  readonly snapshots: MachineSnapshots = {
    format: 0,
    take: () => this.#take(),
    restore: (chunks) => this.restore(chunks),
  }
  #pages: Uint8Array[]
  /** The pages that the snapshot under way is still to read. There is one at a time. */
  #frozen = new Set<Uint8Array>()

  /** `bytes` of state, rounded up to a MiB, unless it is restored. */
  constructor(bytes = 0) {
    const pages = Math.ceil(bytes / pageBytes)
    this.#pages = Array.from({ length: pages }, (_, at) => new Uint8Array(pageBytes).fill(at))
  }

  apply(command: Uint8Array, { index }: Pick<ApplyContext, 'index'>): number {
    const record = recordOf(command) % (this.#pages.length * recordsInPage)
    const at = Math.floor(record / recordsInPage)
    let page = this.#pages[at]!
    if (this.#frozen.has(page)) {
      page = page.slice()
      this.#pages[at] = page
    }
    page.set(command, (record % recordsInPage) * recordBytes)
    this.applied = index
    return index
  }

  query(): number {
    return this.applied
  }

  #take(): AsyncIterable<Uint8Array> {
    const pages = [...this.#pages]
    const frozen = new Set(pages)
    this.#frozen = frozen
    return (async function* () {
      for (const page of pages) {
        yield page
        frozen.delete(page)
      }
    })()
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const pages: Uint8Array[] = []
    let filled = pageBytes
    for await (const chunk of chunks)
      for (let from = 0; from < chunk.length; ) {
        if (filled === pageBytes) {
          pages.push(new Uint8Array(pageBytes))
          filled = 0
        }
        const part = chunk.subarray(from, from + pageBytes - filled)
        pages.at(-1)!.set(part, filled)
        filled += part.length
        from += part.length
      }
    this.#pages = pages
  }
}

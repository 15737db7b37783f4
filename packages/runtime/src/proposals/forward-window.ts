// The bytes of proposals on their way to another member that leads. On a slow link more of them would only make
// the queue longer: they wait here instead, where a proposal that is given up has certainly not been applied.

export class ForwardWindow {
  readonly #most: number
  #bytes = 0
  #cleared = 0

  /** In bytes. */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether this many bytes may be sent. If nothing is on its way, any number may. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#most
  }

  /** Call the returned function once when they have arrived. */
  add(bytes: number): () => void {
    const cleared = this.#cleared
    this.#bytes += bytes
    return () => {
      if (cleared === this.#cleared) this.#bytes -= bytes
    }
  }

  /** What was on its way is lost, or went to an earlier leader. */
  clear(): void {
    this.#cleared++
    this.#bytes = 0
  }
}

/**
 * The event loop that a replica runs in. Each callback is called once, and those of one method in the order
 * in which they were handed in.
 */
export interface EventLoop {
  /** Calls back at the end of this turn, so that all its input shares one write, and one frame per peer. */
  endOfTurn(callback: () => void): void
  /** Calls back when input that already waits outside the program has been delivered. */
  afterInput(callback: () => void): void
}

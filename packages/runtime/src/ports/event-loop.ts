/** The event loop that a replica runs in. The callbacks of either method run once, in the order in which they were handed in. */
export interface EventLoop {
  /** Calls back at the end of this turn, so that everything that arrives in one turn shares one write and one frame a peer. */
  endOfTurn(callback: () => void): void
  /** Calls back after input that already waits outside the program, in sockets or queues, has been delivered. */
  afterInput(callback: () => void): void
}

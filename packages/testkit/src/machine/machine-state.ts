// The state of a machine in the simulator, as a snapshot holds it (state-bytes.ts).

/** The last command of a session, and its result. */
export interface Answered {
  readonly sequence: number
  readonly result: unknown
}

/** The state of a replica's machine. */
export interface MachineState {
  readonly inner: unknown
  readonly sessions: ReadonlyMap<number, Answered>
}

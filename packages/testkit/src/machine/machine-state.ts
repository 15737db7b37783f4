// The state of a machine in the simulator, as a snapshot holds it (state-bytes.ts).

/** The state of a replica's machine. */
export interface MachineState {
  readonly inner: unknown
}

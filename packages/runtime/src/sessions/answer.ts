// The outcomes of session commands.

/** The answer to a command that was applied, as the table keeps it for a retry. */
export type Answer =
  /** The result, encoded. */
  | Uint8Array
  /** The state machine returned undefined. */
  | 'nothing'
  /** The result could not be encoded. */
  | 'invalid'
  /** There was no room for the result. */
  | 'dropped'

/** Why a command was not applied. */
export type SessionRefusal =
  /** The session has expired, was closed, or never was. */
  | 'expired'
  /** The client has said that it needs no answer to this number any more. */
  | 'acknowledged'
  /** Too many commands of the session are not acknowledged. */
  | 'too-many'

/** What happened to a session command, when its entry was applied. */
export type SessionOutcome =
  | {
      readonly answer: Answer
      /** It was applied before, under the same number, and not again. */
      readonly repeated: boolean
      /** Why the result could not be encoded, on the member that has just applied it. */
      readonly cause?: unknown
    }
  | { readonly refused: SessionRefusal }

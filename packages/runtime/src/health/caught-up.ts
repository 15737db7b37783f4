// Whether a member has applied everything that was committed when it came to know its leader. The leader says
// up to where that is: the member reads, as an application would.
import type { NodeId, RoleChange, Term } from '@oarlock/core'
import type { ReadCompletion } from '../reads/index.ts'

export class CaughtUp {
  readonly #read: (completion: ReadCompletion) => void
  /** The leadership that was asked. */
  #asked: { readonly leader: NodeId; readonly term: Term } | null = null
  #holds = false

  /** `read` is linearizable, and fails only after a while. */
  constructor(read: (completion: ReadCompletion) => void) {
    this.#read = read
  }

  get holds(): boolean {
    return this.#holds
  }

  roleChanged({ leader, term }: Pick<RoleChange, 'leader' | 'term'>): void {
    if (leader !== null && leader === this.#asked?.leader && term === this.#asked.term) return
    this.#asked = leader === null ? null : { leader, term }
    this.#holds = false
    this.#ask()
  }

  /** The member takes no part any more. */
  stop(): void {
    this.#asked = null
    this.#holds = false
  }

  #ask(): void {
    const asked = this.#asked
    if (asked === null) return
    this.#read({
      serve: () => {
        if (this.#asked === asked) this.#holds = true
      },
      // It was not served in time.
      reject: () => {
        if (this.#asked === asked) this.#ask()
      },
    })
  }
}

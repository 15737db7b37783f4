// A client that is a part of its member's process. It has several commands open in a session, and leaves it to
// the runtime to submit them again. It ends with the process.
import type { Millis } from '@oarlock/core'
import type { ReplicaSession } from '@oarlock/runtime'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './operation.ts'
import type { Requests } from './requests.ts'

/** The most open commands. */
const MOST_OPEN = 5

export class ResidentClient {
  readonly #node: SimNode
  #session: ReplicaSession | null = null
  /** The life of its node in which it has opened its session, or is opening it. */
  #life = 0
  #open = 0
  readonly #timeout: Millis
  readonly #requests: Requests

  constructor(node: SimNode, timeout: Millis, requests: Requests) {
    this.#node = node
    this.#timeout = timeout
    this.#requests = requests
  }

  /** Its session, if there is one and it may have another command open. Else it opens one. */
  get ready(): ReplicaSession | null {
    const { up, life } = this.#node
    if (!up) return null
    if (this.#life !== life) this.#openSession()
    return this.#open < MOST_OPEN ? this.#session : null
  }

  #openSession(): void {
    const { life } = this.#node
    this.#life = life
    this.#session = null
    this.#open = 0
    this.#requests.open(this.#node, this.#timeout, (session) => {
      if (this.#life !== life) return
      this.#session = session
      if (session === null) this.#life = 0
    })
  }

  write(session: ReplicaSession, operation: Operation): void {
    this.#open++
    this.#requests.submitTo(this.#node, session, operation, (isGone) => {
      operation.over = true
      if (this.#session !== session) return
      this.#open--
      if (isGone) this.#life = 0
    })
  }
}

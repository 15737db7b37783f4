// A client that may ask any member, and keeps the number of its command when it asks again (thesis §6.3).
import type { Millis } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './operation.ts'
import type { Refused, Requests } from './requests.ts'
import type { Write } from './write.ts'

/** What a client needs of the others. */
interface Company {
  readonly held: boolean
  leaderBy(node: SimNode): SimNode
  after(times: number, what: () => void): void
}

/**
 * After a request that is known to have failed, the next one follows after this share of the client's
 * patience.
 */
const SOON = 0.2

export class RoamingClient {
  /** The last operation. */
  operation: Operation | null = null
  #session: number | null = null
  /** The number of its last command in the session. */
  #number = 0
  /** The request whose answer it waits for. */
  #write: Write | null = null
  #asked = 0
  readonly #company: Company
  readonly #requests: Requests
  readonly #timeout: Millis

  constructor(company: Company, requests: Requests, timeout: Millis) {
    this.#company = company
    this.#requests = requests
    this.#timeout = timeout
  }

  get idle(): boolean {
    return this.operation === null || this.operation.over
  }

  begin(operation: Operation, at: SimNode): void {
    this.operation = operation
    this.#number++
    this.#ask(at)
  }

  #ask(at: SimNode): void {
    const operation = this.operation!
    if (operation.over) return
    if (this.#company.held) {
      // An earlier request may be answered before then.
      this.#company.after(0.5, () => {
        if (this.operation === operation) this.#ask(at)
      })
      return
    }
    const number = ++this.#asked
    if (this.#session === null) this.#open(at, number)
    else {
      operation.asked++
      this.#write = this.#requests.ask(at, this.#session, this.#number, operation)
    }
    // A client knows at once if the node is down.
    this.#company.after(at.up ? 1 : SOON, () => {
      if (this.#asked === number) this.#ask(this.#company.leaderBy(at))
    })
  }

  #open(at: SimNode, number: number): void {
    this.#requests.open(at, this.#timeout, (session) => {
      if (this.#asked !== number || session === null) return
      this.#session = session.id
      this.#number = 1
      this.#ask(at)
    })
  }

  /** Ignores requests before the last one, which may fail before `ask` returns, and then has a larger id. */
  failed(write: Write, refused: Refused): void {
    const operation = this.operation!
    if (operation.over || write.id < (this.#write?.id ?? 0)) return
    const number = ++this.#asked
    if (refused === 'by the session') {
      // An earlier request may have taken effect, while the session was there. So it is not asked again in another.
      operation.over = true
      this.#session = null
      return
    }
    this.#company.after(SOON, () => {
      if (this.#asked === number) this.#ask(this.#company.leaderBy(write.node))
    })
  }
}

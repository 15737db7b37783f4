// The event bus: anybody may dispatch, anybody may listen. A listener that throws is reported, and stops nobody.

export type Listener<Message> = (message: Message) => unknown

export class EventBus<Messages extends object> {
  readonly #listeners: Map<keyof Messages, Set<Listener<never>>> = new Map()

  /** Listens until the function that is returned is called. */
  subscribe<Type extends keyof Messages>(type: Type, listener: Listener<Messages[Type]>): () => void {
    // Of its own, so that one function may be subscribed twice, and each subscription ended by itself.
    const own: Listener<Messages[Type]> = (message) => listener(message)
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  /** Ends every subscription to these events; without any named, to all. */
  clean(...types: (keyof Messages)[]): void {
    if (types.length === 0) this.#listeners.clear()
    for (const type of types) this.#listeners.delete(type)
  }

  /** Ends every subscription. */
  clear(): void {
    this.#listeners.clear()
  }

  /** Tells every listener, each in a turn of its own; resolves when all are done, however that went. */
  async dispatch<Type extends keyof Messages>(type: Type, message: Messages[Type]): Promise<void> {
    const listeners = [...(this.#listeners.get(type) ?? [])] as Listener<Messages[Type]>[]
    await Promise.all(
      listeners.map(async (listener) => {
        try {
          await null
          await listener(message)
        } catch (cause) {
          this.listenerFailed(type, cause)
        }
      }),
    )
  }

  /** A listener threw, or its promise was rejected. */
  protected listenerFailed(_type: keyof Messages, _cause: unknown): void {}
}

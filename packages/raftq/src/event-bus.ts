// The event bus. A listener that throws is reported and does not keep the event from other listeners.

export type Listener<Message> = (message: Message) => unknown

export class EventBus<Messages extends object> {
  readonly #listeners: Map<keyof Messages, Set<Listener<never>>> = new Map()

  /** Subscribes a listener. The returned function ends the subscription. */
  subscribe<Type extends keyof Messages>(type: Type, listener: Listener<Messages[Type]>): () => void {
    // Wrapped, so one function can be subscribed twice and each subscription can be ended separately.
    const own: Listener<Messages[Type]> = (message) => listener(message)
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  /** Ends all subscriptions to these events, or to all events if none is named. */
  clean(...types: (keyof Messages)[]): void {
    if (types.length === 0) this.#listeners.clear()
    for (const type of types) this.#listeners.delete(type)
  }

  /** Ends all subscriptions. */
  clear(): void {
    this.#listeners.clear()
  }

  /** Calls each listener in its own microtask. Resolves when all are done, including those that threw. */
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

  /** A listener threw or returned a promise that was rejected. */
  protected listenerFailed(_type: keyof Messages, _cause: unknown): void {}
}

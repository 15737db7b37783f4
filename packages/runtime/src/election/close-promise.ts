// The promise of `close()`. A task of `lead` may wait for it, and then `close()` must not wait for that task.

export class ClosePromise<T> extends Promise<T> {
  /** Derived promises are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  readonly #awaited: () => void

  /** `awaited` is called each time that a caller begins to wait, in the context of that caller. */
  constructor(closed: Promise<T>, awaited: () => void) {
    super((resolve) => resolve(closed))
    this.#awaited = awaited
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, because this is not a plain promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited()
    return super.then(onFulfilled, onRejected)
  }
}

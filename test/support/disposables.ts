// What a test has to dispose of at its end. It is an AsyncDisposableStack, which Node 22 does not have.

export class Disposables implements AsyncDisposable {
  readonly #deferred: (() => unknown)[] = []

  /** Disposes of `value` at the end, after everything that is added later. Returns it. */
  use<Value extends AsyncDisposable>(value: Value): Value {
    this.defer(() => value[Symbol.asyncDispose]())
    return value
  }

  /** Calls `dispose` at the end, before everything that was added earlier. */
  defer(dispose: () => unknown): void {
    this.#deferred.push(dispose)
  }

  /** Calls them all, even if some fail. Rejects with the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let dispose = this.#deferred.pop(); dispose !== undefined; dispose = this.#deferred.pop()) {
      try {
        await dispose()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

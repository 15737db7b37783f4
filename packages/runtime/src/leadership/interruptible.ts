// An async iteration whose `return` ends it at once. That of an async generator waits for a pending `next`.

/** `iterate` must not wait any longer when `returned` aborts. */
export function interruptible<T>(
  iterate: (returned: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const returning = new AbortController()
  const values = iterate(returning.signal)
  const end = (): Promise<IteratorResult<T, void>> => {
    returning.abort()
    return values.return()
  }
  return {
    next: () => values.next(),
    return: end,
    throw(reason) {
      returning.abort()
      return values.throw(reason)
    },
    async [Symbol.asyncDispose]() {
      await end()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

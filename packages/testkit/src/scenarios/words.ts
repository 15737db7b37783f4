// The words of a command: `change s1 +s4 -s2 explicit`, `cluster voters=(s1 s2 s3) lease`. A command takes
// the words that it knows, and any word left over is an error.

/** A mistake in a command. The player adds its place. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export class Words {
  readonly text: string
  readonly #words: string[] = []
  readonly #values: Map<string, readonly string[]> = new Map()

  constructor(text: string) {
    this.text = text
    for (const [word] of text.matchAll(/[^\s=]+=\([^)]*\)|\S+/g)) {
      const [, key, several, one] = /^([^\s=]+)=(?:\((.*)\)|(.*))$/.exec(word) ?? []
      if (key === undefined) this.#words.push(word)
      else if (this.#values.has(key)) throw new CommandError(`${key} is given twice`)
      else this.#values.set(key, several === undefined ? [one!] : several.split(/\s+/).filter(Boolean))
    }
  }

  /** The next word. */
  next(what: string): string {
    const word = this.#words.shift()
    if (word === undefined) throw new CommandError(`${what} is missing`)
    return word
  }

  /** Takes the next word if it is this one. */
  takes(word: string): boolean {
    if (this.#words[0] !== word) return false
    this.#words.shift()
    return true
  }

  /** Takes words while they match. */
  while(isOne: (word: string) => boolean): string[] {
    const end = this.#words.findIndex((word) => !isOne(word))
    return this.#words.splice(0, end === -1 ? this.#words.length : end)
  }

  /** Takes all words that are left. */
  rest(): string[] {
    return this.#words.splice(0)
  }

  /** Takes this word, wherever it stands. */
  flag(word: string): boolean {
    const at = this.#words.indexOf(word)
    if (at === -1) return false
    this.#words.splice(at, 1)
    return true
  }

  list(key: string): readonly string[] {
    const values = this.#values.get(key) ?? []
    this.#values.delete(key)
    return values
  }

  number(key: string): number | undefined {
    const [value] = this.list(key)
    return value === undefined ? undefined : numberOf(value)
  }

  /** Throws if a word is left. */
  end(): void {
    const left = [...this.#words, ...this.#values.keys()]
    if (left.length > 0) throw new CommandError(`unknown words: ${left.join(' ')}`)
  }
}

export function numberOf(word: string): number {
  const value = Number(word)
  if (!Number.isFinite(value)) throw new CommandError(`expected a number, got ${word}`)
  return value
}

/** `3@2`: the entry of term 2 at index 3. */
export function placeOf(word: string): { index: number; term: number } {
  const [, index, term] = /^(\d+)@(\d+)$/.exec(word) ?? []
  if (term === undefined) throw new CommandError(`expected an entry such as 3@2, got ${word}`)
  return { index: Number(index), term: Number(term) }
}

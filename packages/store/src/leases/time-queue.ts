// What is to be looked at, each at its time: a binary heap. An item that is added again gets its new time.

interface Slot<Item> {
  readonly item: Item
  readonly at: number
}

export class TimeQueue<Item> {
  readonly #heap: Slot<Item>[] = []
  /** The slot of each item that counts. Others of it in the heap are outdated. */
  readonly #slots: Map<Item, Slot<Item>> = new Map()

  add(item: Item, at: number): void {
    const slot = { item, at }
    this.#slots.set(item, slot)
    this.#heap.push(slot)
    this.#rise(this.#heap.length - 1)
  }

  timeOf(item: Item): number | undefined {
    return this.#slots.get(item)?.at
  }

  /** The time of the first item, or null. */
  get earliest(): number | null {
    this.#dropOutdated()
    return this.#heap[0]?.at ?? null
  }

  /** Removes the first item, if its time has come. */
  take(now: number): Item | null {
    this.#dropOutdated()
    const first = this.#heap[0]
    if (first === undefined || first.at > now) return null
    this.#removeFirst()
    this.#slots.delete(first.item)
    return first.item
  }

  #dropOutdated(): void {
    while (this.#heap.length > 0 && this.#slots.get(this.#heap[0]!.item) !== this.#heap[0])
      this.#removeFirst()
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    const heap = this.#heap
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.at <= heap[at]!.at) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    const heap = this.#heap
    for (let at = from; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (left < heap.length && heap[left]!.at < heap[least]!.at) least = left
      if (right < heap.length && heap[right]!.at < heap[least]!.at) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const slot = heap[a]!
    heap[a] = heap[b]!
    heap[b] = slot
  }
}

// A map that is sorted by its keys: a B+ tree that is copied on write. `view` takes no time, and what it returns is
// never changed, so a snapshot can be written while commands are applied.
import { compareBytes } from './bytes.ts'

/** The most keys of a leaf, and children of a branch. */
const most = 64
/** A node with fewer is merged with its neighbour. */
const least = most / 4

interface Leaf<V> {
  /** Only the tree with this mark may change the node. */
  owner: object
  readonly keys: Uint8Array[]
  readonly values: V[]
}

interface Branch<V> {
  owner: object
  /** The smallest key of each child. */
  readonly keys: Uint8Array[]
  readonly children: Node<V>[]
}

type Node<V> = Leaf<V> | Branch<V>

const isLeaf = <V>(node: Node<V>): node is Leaf<V> => 'values' in node

/** A range of keys: from `from`, and before `before`. Null: to the end. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly before: Uint8Array | null
}

/** What can be read of the map. */
export interface SortedView<V> {
  readonly size: number
  get(key: Uint8Array): V | undefined
  /** In the order of the keys. */
  entries(range: KeyRange): Iterable<readonly [key: Uint8Array, value: V]>
}

/** The key alone. */
export function only(key: Uint8Array): KeyRange {
  const before = new Uint8Array(key.length + 1)
  before.set(key)
  return { from: key, before }
}

/** Whether there is one key only in the range. */
export const isOneKey = ({ from, before }: KeyRange): boolean =>
  before !== null &&
  before.length === from.length + 1 &&
  before.at(-1) === 0 &&
  from.every((byte, at) => before[at] === byte)

const nothing = new Uint8Array(0)
/** All keys. */
export const everything: KeyRange = { from: nothing, before: null }

export class SortedMap<V> implements SortedView<V> {
  #root: Node<V>
  #size: number
  #mark: object

  private constructor(root: Node<V>, size: number, mark: object) {
    this.#root = root
    this.#size = size
    this.#mark = mark
  }

  static empty<V>(): SortedMap<V> {
    const mark = {}
    return new SortedMap<V>({ owner: mark, keys: [], values: [] }, 0, mark)
  }

  get size(): number {
    return this.#size
  }

  /** The map as it is now. Later changes of this one do not show in it. */
  view(): SortedView<V> {
    // From now on neither of the two may change the nodes that they share.
    this.#mark = {}
    return new SortedMap(this.#root, this.#size, {})
  }

  get(key: Uint8Array): V | undefined {
    let node = this.#root
    while (!isLeaf(node)) node = node.children[childFor(node.keys, key)]!
    const at = placeOf(node.keys, key)
    return isAt(node.keys, at, key) ? node.values[at] : undefined
  }

  set(key: Uint8Array, value: V): void {
    const root = this.#own(this.#root)
    const sibling = this.#set(root, key, value)
    this.#root =
      sibling === null
        ? root
        : { owner: this.#mark, keys: [firstKey(root), firstKey(sibling)], children: [root, sibling] }
  }

  delete(key: Uint8Array): boolean {
    if (this.get(key) === undefined) return false
    const root = this.#own(this.#root)
    this.#delete(root, key)
    this.#size--
    this.#root = !isLeaf(root) && root.children.length === 1 ? root.children[0]! : root
    return true
  }

  *entries({ from, before }: KeyRange): Generator<readonly [key: Uint8Array, value: V]> {
    yield* entriesIn(this.#root, from, before)
  }

  /** The node itself if only this tree has it, else a copy. */
  #own<N extends Node<V>>(node: N): N {
    if (node.owner === this.#mark) return node
    const copy = isLeaf(node)
      ? { owner: this.#mark, keys: [...node.keys], values: [...node.values] }
      : { owner: this.#mark, keys: [...node.keys], children: [...(node as Branch<V>).children] }
    return copy as unknown as N
  }

  /** Returns the right half, if the node had to be split. */
  #set(node: Node<V>, key: Uint8Array, value: V): Node<V> | null {
    if (isLeaf(node)) {
      const at = placeOf(node.keys, key)
      if (isAt(node.keys, at, key)) {
        node.values[at] = value
        return null
      }
      node.keys.splice(at, 0, key)
      node.values.splice(at, 0, value)
      this.#size++
      return this.#split(node)
    }
    const at = childFor(node.keys, key)
    const child = this.#own(node.children[at]!)
    node.children[at] = child
    const sibling = this.#set(child, key, value)
    node.keys[at] = firstKey(child)
    if (sibling === null) return null
    node.keys.splice(at + 1, 0, firstKey(sibling))
    node.children.splice(at + 1, 0, sibling)
    return this.#split(node)
  }

  #split(node: Node<V>): Node<V> | null {
    if (node.keys.length <= most) return null
    const keys = node.keys.splice(most / 2)
    if (isLeaf(node)) return { owner: this.#mark, keys, values: node.values.splice(most / 2) }
    return { owner: this.#mark, keys, children: node.children.splice(most / 2) }
  }

  #delete(node: Node<V>, key: Uint8Array): void {
    if (isLeaf(node)) {
      const at = placeOf(node.keys, key)
      node.keys.splice(at, 1)
      node.values.splice(at, 1)
      return
    }
    const at = childFor(node.keys, key)
    const child = this.#own(node.children[at]!)
    node.children[at] = child
    this.#delete(child, key)
    if (child.keys.length >= least) node.keys[at] = firstKey(child)
    else this.#merge(node, Math.min(at, node.children.length - 2))
  }

  /** Two neighbours become one, or share what they have if that is too much for one. */
  #merge(node: Branch<V>, at: number): void {
    if (at < 0) return
    const left = this.#own(node.children[at]!)
    const right = this.#own(node.children[at + 1]!)
    left.keys.push(...right.keys)
    if (isLeaf(left)) left.values.push(...(right as Leaf<V>).values)
    else left.children.push(...(right as Branch<V>).children)
    const rest = this.#split(left)
    node.children.splice(at, 2, left, ...(rest === null ? [] : [rest]))
    node.keys.splice(at, 2, firstKey(left), ...(rest === null ? [] : [firstKey(rest)]))
  }
}

const firstKey = <V>(node: Node<V>): Uint8Array => node.keys[0] ?? nothing

/** The place of the first key that is not before this one. */
function placeOf(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const isAt = (keys: readonly Uint8Array[], at: number, key: Uint8Array): boolean =>
  at < keys.length && compareBytes(keys[at]!, key) === 0

/** The place of the child that has this key, or would have it. */
function childFor(keys: readonly Uint8Array[], key: Uint8Array): number {
  const at = placeOf(keys, key)
  return isAt(keys, at, key) ? at : Math.max(0, at - 1)
}

function* entriesIn<V>(
  node: Node<V>,
  from: Uint8Array,
  before: Uint8Array | null,
): Generator<readonly [key: Uint8Array, value: V]> {
  if (isLeaf(node)) {
    for (let at = placeOf(node.keys, from); at < node.keys.length; at++) {
      const key = node.keys[at]!
      if (before !== null && compareBytes(key, before) >= 0) return
      yield [key, node.values[at]!]
    }
    return
  }
  for (let at = childFor(node.keys, from); at < node.children.length; at++) {
    if (before !== null && compareBytes(node.keys[at]!, before) >= 0) return
    yield* entriesIn(node.children[at]!, from, before)
  }
}

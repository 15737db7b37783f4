// A tab's life in the cluster: it runs its node, sees to the nodes of tabs that are gone, and tells the others how it is doing.
import { setTimer } from './clock.ts'
import { documentIds, type OwnDocument, ownDocument } from './documents.ts'
import { spoken } from './names.ts'
import { Node } from './node.ts'
import { Orphans } from './orphans.ts'
import { now, type Reign, type Reigns } from './reigns.ts'
import { Roster, type Status } from './roster.ts'

/** What the tabs tell one another, besides what their nodes do. */
type News = { readonly statuses: readonly Status[] } | { readonly closed: string }

// Milliseconds.
const foundingWait = 1000
const lookEvery = 50
const tellEvery = 250

export interface LifeListener {
  log(message: string): void
  conflict(message: string): void
  /** Anything may have changed. */
  changed(): void
}

export interface LifeInit {
  /** The tab's name, whose lock it holds. */
  readonly id: string
  /** It is over when this aborts. */
  readonly life: AbortSignal
  readonly reigns: Reigns
  readonly listener: LifeListener
}

export class Life {
  readonly id: string
  readonly roster: Roster = new Roster()
  /** The tab's own; null until it is started. */
  node: Node | null = null
  readonly #init: LifeInit
  /** That run in this tab: its own, and those of tabs that are gone. */
  readonly #nodes: Set<Node> = new Set()
  readonly #ownReigns: Map<string, Reign> = new Map()
  readonly #orphans: Orphans
  readonly #channel: BroadcastChannel = new BroadcastChannel('oarlock-tabs/roster')
  readonly #reported: Map<string, string> = new Map()
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(init: LifeInit) {
    const { id, life } = init
    this.id = id
    this.#init = init
    this.#orphans = new Orphans({
      life,
      revive: (orphan, document, until) => this.#revive(orphan, document, until),
      onLost: (lost) => this.#lose(lost),
      onGone: (gone) => this.#forget(gone),
    })
  }

  /** Resolves when its node has started. */
  async begin(): Promise<void> {
    const { id, life } = this.#init
    life.addEventListener('abort', () => this.#channel.close())
    this.#channel.addEventListener('message', ({ data }: MessageEvent<News>) => this.#hearNews(data))
    this.#look()
    await this.#orphans.takeIn((await documentIds()).filter((other) => other !== id))
    const document = await ownDocument(id, life)
    if (life.aborted) return
    this.node = this.#make(id, document, life, foundingWait)
    await this.node.start()
  }

  async #revive(id: string, document: OwnDocument, life: AbortSignal): Promise<Node> {
    this.#init.listener.log(`The tab of ${spoken(id)} is gone. Its node runs here until it is let go.`)
    const node = this.#make(id, document, life)
    await node.start()
    return node
  }

  #make(id: string, document: OwnDocument, life: AbortSignal, wait?: number): Node {
    const { listener } = this.#init
    const whose = id === this.id ? '' : `(${spoken(id)}) `
    const node = new Node({
      id,
      document,
      life,
      ...(wait === undefined ? {} : { foundingWait: wait }),
      onLog: (message) => listener.log(whose + message),
      onConflict: (message) => listener.conflict(message),
      onChange: () => {
        this.#see()
        this.#tell()
      },
    })
    this.#nodes.add(node)
    life.addEventListener('abort', () => this.#nodes.delete(node))
    for (const known of this.roster.all) node.acknowledge(known.id, true)
    return node
  }

  #hearNews(news: News): void {
    if ('closed' in news) this.#lose(news.closed)
    else for (const status of news.statuses) this.#hear(status)
    this.#init.listener.changed()
  }

  #hear(status: Status): void {
    const { id, host, reign } = status
    if (reign !== null) this.#init.reigns.hear(reign)
    if (!this.roster.hear(status, now())) return
    for (const node of this.#nodes) node.acknowledge(id, true)
    if (id !== this.id && host !== this.id) this.#orphans.watch(id)
  }

  #lose(id: string): void {
    this.roster.lose(id)
    this.#init.listener.changed()
  }

  #forget(id: string): void {
    this.roster.forget(id)
    for (const node of this.#nodes) node.acknowledge(id, false)
    this.#init.listener.changed()
  }

  /** Again and again: that this page was busy is seen, because who leads is looked at anew each time. */
  #look(): void {
    if (this.#init.life.aborted) return
    setTimer(() => this.#look(), lookEvery)
    this.#see()
    if (now() - this.#toldAt >= tellEvery) this.#tell()
  }

  #see(): void {
    const { reigns, listener } = this.#init
    for (const node of this.#nodes)
      if (node.leads) this.#ownReigns.set(node.id, reigns.seen(node.id, node.term, now()))
    // Somebody leads: the nodes of tabs that are gone are needed no more.
    if (this.node?.leader != null)
      for (const node of this.#nodes) if (node !== this.node && !node.isLeaving) node.leave()
    this.#report()
    listener.changed()
  }

  #report(): void {
    const { node, leader } = this
    if (node === null || node.term === 0) return
    this.#reportOnce(
      'leader',
      leader === null ? 'nobody leads' : `${spoken(leader)} leads, term ${node.term}`,
    )
    if (node.value !== null)
      this.#reportOnce('value', `the value is “${node.value.text}”, set by ${spoken(node.value.by)}`)
  }

  #reportOnce(what: string, message: string): void {
    if (this.#reported.get(what) === message) return
    this.#reported.set(what, message)
    this.#init.listener.log(message)
  }

  #tell(): void {
    this.#toldAt = now()
    const statuses = [...this.#nodes].map((node) => this.#statusOf(node))
    for (const status of statuses) this.#hear(status)
    this.#send({ statuses })
  }

  #statusOf(node: Node): Status {
    const role = node.leads ? 'leader' : node.isCandidate ? 'candidate' : 'follower'
    const reign = this.#ownReigns.get(node.id) ?? null
    return { id: node.id, host: this.id, role, term: node.term, reign }
  }

  #send(news: News): void {
    if (!this.#init.life.aborted) this.#channel.postMessage(news)
  }

  /** Who leads, as far as this tab knows. Not a tab that is known to be gone, though its followers have not missed it yet. */
  get leader(): string | null {
    if (this.node?.leads) return this.id
    const leader = this.node?.leader ?? null
    return leader === null || leader === this.id || this.roster.isGone(leader) ? null : leader
  }

  handOver(): void {
    for (const node of this.#nodes) node.handOver()
  }

  farewell(): void {
    this.#send({ closed: this.id })
  }
}

// A tab's part in the cluster. It runs the tab's node and the nodes of tabs that are gone, and tells the
// other tabs their state.
import { setTimer } from './clock.ts'
import { documentIds, type OwnDocument, ownDocument } from './documents.ts'
import { type Leadership, type Leaderships, now } from './leaderships.ts'
import { spoken } from './names.ts'
import { Node } from './node.ts'
import { Orphans } from './orphans.ts'
import { Roster, type Status } from './roster.ts'

/** The messages between tabs, besides those of their nodes. */
type News = { readonly statuses: readonly Status[] } | { readonly closed: string }

// Milliseconds.
const foundingWait = 1000
const lookEvery = 50
const tellEvery = 250

export interface ParticipationListener {
  log(message: string): void
  conflict(message: string): void
  /** The state of the tab or of the cluster may have changed. */
  changed(): void
}

export interface ParticipationInit {
  /** The tab's name. The tab holds the lock of that name. */
  readonly id: string
  /** Ends the participation. */
  readonly signal: AbortSignal
  readonly leaderships: Leaderships
  readonly listener: ParticipationListener
}

export class Participation {
  readonly id: string
  readonly roster: Roster = new Roster()
  /** The tab's own node, or null before its start. */
  node: Node | null = null
  readonly #init: ParticipationInit
  /** The nodes that run in this tab: its own, and those of tabs that are gone. */
  readonly #nodes: Set<Node> = new Set()
  readonly #ownLeaderships: Map<string, Leadership> = new Map()
  readonly #orphans: Orphans
  readonly #channel: BroadcastChannel = new BroadcastChannel('oarlock-tabs/roster')
  readonly #reported: Map<string, string> = new Map()
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(init: ParticipationInit) {
    const { id, signal } = init
    this.id = id
    this.#init = init
    this.#orphans = new Orphans({
      signal,
      restart: (orphan, document, until) => this.#restart(orphan, document, until),
      onTabGone: (lost) => this.#lose(lost),
      onRemoved: (gone) => this.#forget(gone),
    })
  }

  /** Resolves when the tab's node has started. */
  async begin(): Promise<void> {
    const { id, signal } = this.#init
    signal.addEventListener('abort', () => this.#channel.close())
    this.#channel.addEventListener('message', ({ data }: MessageEvent<News>) => this.#hearNews(data))
    this.#look()
    await this.#orphans.restartGone((await documentIds()).filter((other) => other !== id))
    const document = await ownDocument(id, signal)
    if (signal.aborted) return
    this.node = this.#make(id, document, signal, foundingWait)
    await this.node.start()
  }

  async #restart(id: string, document: OwnDocument, signal: AbortSignal): Promise<Node> {
    this.#init.listener.log(
      `The tab of ${spoken(id)} is gone. Its node runs here until the cluster has removed it.`,
    )
    const node = this.#make(id, document, signal)
    await node.start()
    return node
  }

  #make(id: string, document: OwnDocument, signal: AbortSignal, wait?: number): Node {
    const { listener } = this.#init
    const whose = id === this.id ? '' : `(${spoken(id)}) `
    const node = new Node({
      id,
      document,
      signal,
      ...(wait === undefined ? {} : { foundingWait: wait }),
      onLog: (message) => listener.log(whose + message),
      onConflict: (message) => listener.conflict(message),
      onChange: () => {
        this.#see()
        this.#tell()
      },
    })
    this.#nodes.add(node)
    signal.addEventListener('abort', () => this.#nodes.delete(node))
    for (const known of this.roster.all) node.acknowledge(known.id, true)
    return node
  }

  #hearNews(news: News): void {
    if ('closed' in news) this.#lose(news.closed)
    else for (const status of news.statuses) this.#hear(status)
    this.#init.listener.changed()
  }

  #hear(status: Status): void {
    const { id, host, leadership } = status
    if (leadership !== null) this.#init.leaderships.hear(leadership)
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

  /**
   * Repeats itself. Each time it checks the role again, so a page that was busy shows that it no longer
   * leads.
   */
  #look(): void {
    if (this.#init.signal.aborted) return
    setTimer(() => this.#look(), lookEvery)
    this.#see()
    if (now() - this.#toldAt >= tellEvery) this.#tell()
  }

  #see(): void {
    const { leaderships, listener } = this.#init
    for (const node of this.#nodes)
      if (node.leads) this.#ownLeaderships.set(node.id, leaderships.seen(node.id, node.term, now()))
    // With a leader, the nodes of tabs that are gone are not needed any more.
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
    const leadership = this.#ownLeaderships.get(node.id) ?? null
    return { id: node.id, host: this.id, role, term: node.term, leadership }
  }

  #send(news: News): void {
    if (!this.#init.signal.aborted) this.#channel.postMessage(news)
  }

  /**
   * The leader, as far as this tab knows, but not a tab that is known to be gone. Its followers may still
   * count on it.
   */
  get leader(): string | null {
    if (this.node?.leads) return this.id
    const leader = this.node?.leader ?? null
    return leader === null || leader === this.id || this.roster.isGone(leader) ? null : leader
  }

  transfer(): void {
    for (const node of this.#nodes) node.transfer()
  }

  announceClosed(): void {
    this.#send({ closed: this.id })
  }
}

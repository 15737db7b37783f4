// A started node: what comes in, what goes out, and what it does at regular times. Which cluster it takes part in is in allegiance.ts,
// what it says of itself in hello.ts, Raft in member.ts.
import type { Envelope } from '@oarlock/core'
import { Allegiance } from './allegiance.ts'
import { AwakeClock } from './awake.ts'
import { type NodeState, writeDocument } from './document.ts'
import { wordsOf } from './errors.ts'
import { Hellos } from './hello.ts'
import { type MeetingListener, Meetings } from './meeting.ts'
import type { Member } from './member.ts'
import type { CompleteOptions } from './options.ts'
import type { ReceivedPacket } from './packet.ts'
import type { Peers } from './peers.ts'
import { Post, type PostListener } from './post.ts'
import { Proposals } from './proposals.ts'
import type { Json } from './shape.ts'
import { Stewardship } from './stewardship.ts'
import { Store } from './store.ts'
import type { RaftNode, RaftPersistentData } from './types.ts'

export interface ParticipantListener extends PostListener, MeetingListener {
  /** Roles, leaders or the value may be others. */
  changed(): void
}

export interface ParticipantInit {
  readonly options: CompleteOptions
  readonly node: RaftNode
  readonly peers: Peers
  /** As it was restored, with this start counted. */
  readonly state: NodeState
  readonly listener: ParticipantListener
}

export class Participant {
  readonly node: RaftNode
  readonly #init: ParticipantInit
  readonly #options: CompleteOptions
  readonly #peers: Peers
  readonly #life: string
  readonly #awake: AwakeClock
  readonly #store: Store
  readonly #post: Post
  readonly #allegiance: Allegiance
  readonly #hellos: Hellos
  readonly #stewardship: Stewardship
  readonly #proposals: Proposals
  /** What was applied when the document was made last. */
  #appliedThen = 0
  #cancelTick: (() => void) | null = null
  #stopped = false
  #heardNamesake = false
  #broughtLegacy = false

  constructor(init: ParticipantInit) {
    const { options, node, peers, state, listener } = init
    const { platform, minimumElectionTime } = options
    this.#init = init
    this.#options = options
    this.node = node
    this.#peers = peers
    this.#life = platform.mint()
    this.#awake = new AwakeClock(platform, 2 * minimumElectionTime)
    this.#proposals = new Proposals(state, options)
    this.#post = new Post({ node, life: this.#life, peers, timeout: minimumElectionTime / 2, listener })
    this.#store = new Store({
      save: () => options.persistAgent.persist(node, this.#document()),
      platform,
      retryAfter: minimumElectionTime,
      failed: (cause) => listener.log(`persist failed, and is tried again: ${wordsOf(cause)}`),
    })
    this.#allegiance = this.#newAllegiance()
    this.#stewardship = new Stewardship({
      node,
      options,
      allegiance: this.#allegiance,
      peers,
      log: (message) => listener.log(message),
    })
    this.#hellos = new Hellos({
      node,
      life: this.#life,
      allegiance: this.#allegiance,
      peers,
      post: this.#post,
      meetings: new Meetings(node, this.#allegiance, listener),
      stewardship: this.#stewardship,
      changed: () => listener.changed(),
    })
  }

  #newAllegiance(): Allegiance {
    const { node, state, options, peers, listener } = this.#init
    return new Allegiance({
      node,
      state,
      options,
      peers,
      awake: this.#awake,
      store: this.#store,
      listener: {
        log: (message) => listener.log(message),
        left: () => this.#left(),
        moved: () => this.#hellos.say(),
        send: (envelopes) => this.#send(envelopes),
        outcome: (outcome) => this.#proposals.outcome(outcome),
        settled: () => this.#settled(),
        failed: (cause) => this.#failed(cause),
      },
    })
  }

  get member(): Member | null {
    return this.#allegiance.member
  }

  /** Resolves when this start is durable. */
  async start(): Promise<void> {
    await this.#store.flush()
    if (this.#stopped) return
    this.#allegiance.resume()
    this.#tick()
  }

  #document(): RaftPersistentData {
    const { identity, dissolved, member } = this.#allegiance
    const nodes = this.#peers.present.map(({ node }) => node)
    const log = this.#allegiance.logState()
    this.#appliedThen = member?.applied ?? 0
    const legacy = member?.machine.acknowledged ? null : this.#init.state.legacy
    const state = { ...this.#init.state, identity, dissolved, nodes, legacy, log }
    return writeDocument(state, legacy?.data ?? member?.machine.value ?? {})
  }

  // What comes in.

  receive(packet: ReceivedPacket, isQuestion: boolean): void {
    if (this.#stopped) return
    if (String(packet.node.id) === String(this.node.id)) return this.#hearNamesake(packet.life)
    const peer = this.#peers.heard(packet.node, packet.life, this.#awake.now)
    const own = this.#allegiance.identity
    const ofOwn = own !== null && packet.cluster === own.cluster.id
    if (ofOwn) this.#allegiance.heard()
    if (packet.hello !== undefined) this.#hellos.hear(packet.hello, packet.from, peer, isQuestion)
    const { member } = this
    if (member === null || member.identity !== own || !ofOwn || packet.from === null) return
    peer.waiting = false
    if (packet.to === own.self) member.receive(packet.from, packet.messages, packet.state)
  }

  #hearNamesake(life: string): void {
    if (life === this.#life || this.#heardNamesake) return // an echo; or it was told
    this.#heardNamesake = true
    this.#init.listener.log(`another process says that it is ${this.node.id}: each needs an id of its own`)
  }

  // What goes out.

  #send(envelopes: readonly Envelope[]): void {
    if (this.member !== null && envelopes.length > 0) this.#post.raft(this.member, envelopes)
  }

  replicate(value: Json): Promise<void> {
    const done = this.#proposals.add(value)
    this.#proposals.handOn(this.member)
    return done
  }

  // At regular times, and when something has changed.

  #tick(): void {
    if (this.#stopped) return
    const { minimumElectionTime, platform } = this.#options
    this.#awake.tick()
    this.#cancelTick = platform.setTimer(() => this.#tick(), minimumElectionTime)
    this.#allegiance.look()
    this.#allegiance.lookElsewhere()
    this.#proposals.expire()
    this.#proposals.handOn(this.member)
    this.#stewardship.giveSnapshotsUp()
    this.#stewardship.look()
    this.#hellos.tick()
    // That entries were committed is written with the next ones; when there are none, for people, and to know it after a crash.
    if ((this.member?.applied ?? 0) !== this.#appliedThen) this.#store.request(true, () => {})
  }

  #settled(): void {
    const { member } = this
    if (member === null) return
    if (member.machine.dissolvedInto !== null)
      return this.#allegiance.leaveDissolved(member.identity.cluster.id)
    this.#proposals.settle(member)
    this.#stewardship.settled()
    this.#bringLegacy(member)
    this.#init.listener.changed()
  }

  /** A founder that leads a cluster without a value gives it the one that raftq had. */
  #bringLegacy(member: Member): void {
    const { legacy } = this.#init.state
    if (legacy === null || this.#broughtLegacy || !member.leads || !this.#allegiance.isFounder) return
    this.#broughtLegacy = true
    if (!member.machine.acknowledged && !this.#proposals.any) this.replicate(legacy.data).catch(() => {})
  }

  #left(): void {
    this.#stewardship.left()
    this.#proposals.leaderChanged(null)
    this.#init.listener.changed()
  }

  #failed(cause: unknown): void {
    this.#init.listener.log(`this node has stopped: it could not go on safely: ${wordsOf(cause)}`)
    this.stop('this node has stopped')
    this.#init.listener.changed()
  }

  // The end (farewell.ts).

  /** It left, and the cluster has said that it is a member no more. */
  get leftForGood(): boolean {
    return this.#hellos.leftForGood
  }

  get hasOthers(): boolean {
    return this.member !== null && this.#peers.present.length > 0
  }

  /** The application said that a node is there, or left. */
  peersChanged(): void {
    this.#hellos.say()
    this.#stewardship.look()
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  stop(why: string): void {
    this.#stopped = true
    this.#cancelTick?.()
    this.#allegiance.stop()
    this.#store.stop()
    this.#proposals.close(why)
  }
}

// What happens in runs, counted: not only that a fault happened, but its effect on messages, nodes and
// disks.
import type { Envelope, Persist } from '@oarlock/core'
import { laneOf, lanes } from '@oarlock/runtime'
import { expect, test } from 'vitest'
import type { FaultKind } from '../faults/index.ts'
import { isInSession, writeOf } from '../machine/index.ts'
import { Random } from '../world/index.ts'
import { simulate } from './run.ts'
import { drawScenario } from './scenario.ts'
import type { Simulation } from './simulation.ts'

const MOST = 300
/** In so many runs each. */
const OFTEN = 3

const faultKinds: Readonly<Record<FaultKind, true>> = {
  crash: true,
  powerCut: true,
  pause: true,
  stop: true,
  slowMachine: true,
  isolate: true,
  mute: true,
  link: true,
  split: true,
  ring: true,
  bridge: true,
  oneWay: true,
  slowLinks: true,
  slowDisk: true,
  failedSync: true,
  fullDisk: true,
  bitFlip: true,
  damagedSnapshot: true,
  wipe: true,
  lostDisk: true,
  twin: true,
  oldCopy: true,
  clockStep: true,
  drift: true,
  amnesia: true,
  transfer: true,
  unreachable: true,
  campaign: true,
}

const expected = [
  ...Object.keys(faultKinds),
  ...[1, 2, 3, 4, 5, 7].map((size) => `${size} founders`),
  ...[1, 2, 3, 4, 5, 6].map((size) => `${size} voters after a change`),
  'learners',
  'learners only come and go',
  'joint configuration',
  'a node stops: an fsync failed',
  'a node stops: no space is left on its disk',
  'a disk is damaged',
  'a damaged snapshot is found',
  'a member without state asks its peers for a snapshot',
  'a disk is another one',
  'a lost member is replaced',
  'a member that lost its disk votes again',
  'a log is compacted to the tip',
  'a link is cut while it carries a snapshot',
  'a snapshot that was broken off goes on',
  'a command is repeated in its session',
  'a session is gone when its client asks again',
  'a command of a session is submitted again by the runtime',
  'a read of weaker consistency',
  'a change of the store is answered',
  'a read of the store',
  'a watch hands out what has changed',
  'a watch is too late, and says so',
  'the leader ends a lease',
  'a place in a queue is first',
  'members of different priority',
  'a witness',
  'links that keep the order',
  'all links carry little',
  'some links carry little',
  'an append waits for those before it',
  'a heartbeat overtakes an append that waits',
  'a message arrives twice',
  'a message is dropped where no link is cut',
  'a message overtakes another one on its link',
  'a message is late, and no link is slow',
  'a message is late on a slow link',
  'only a beginning of an append arrives',
  'a node that is paused misses its deadline',
  'a write takes long, and no disk is slow',
  'a write takes long on a slow disk',
  'a crash loses a record, and keeps one after it',
  'a new cluster is founded',
  'a majority founds a new cluster',
  'a member of a new cluster crashes before it takes part',
  'a crash keeps a record of the peers that was under way',
  'a crash loses a record of the peers that was under way',
  'a member is refused: other-incarnation',
  'a member is refused: older-copy',
  'a second process has kept a new cluster from being founded',
]

interface Sent {
  readonly at: number
  readonly link: number
  /** Its connection, of which a link has one for each lane. */
  readonly connection: number
  /** On its connection. */
  readonly number: number
  arrived: boolean
}

/** What becomes of messages, by when they were sent and when they arrive. */
function watchMessages({ nodes, network, world, scenario }: Simulation, sighted: Set<string>): void {
  const { latency, jitter, stragglerRate, ordered, rate } = scenario.network
  const isSlow = rate < Number.POSITIVE_INFINITY
  // Chance alone makes none later, but one in millions.
  const latest = 1.6 * latency + 15 * jitter
  const slows = scenario.nemesis.faults.includes('slowLinks')
  const places = new Map(nodes.map(({ id, place }) => [id, place]))
  const sent = new Map<Envelope, Sent>()
  /** Per connection. */
  const sentOn = new Uint32Array(nodes.length ** 2 * lanes.length)
  const arrivedOn = new Uint32Array(nodes.length ** 2 * lanes.length)
  /** When the last heartbeat was sent that has arrived, per link. */
  const heartbeatSentAt = new Float64Array(nodes.length ** 2)
  const dropped = new Set<Envelope>()
  let sending: Envelope | null = null
  network.onLost = (envelope) => {
    if (envelope === sending && !network.loses(sent.get(envelope)!.link)) dropped.add(envelope)
  }
  const send = network.send.bind(network)
  network.send = (envelope, delay, destination) => {
    const link = places.get(envelope.from)! * nodes.length + places.get(envelope.to)!
    const connection = link * lanes.length + lanes.indexOf(laneOf(envelope.message))
    sent.set(envelope, {
      at: world.now,
      link,
      connection,
      number: ++sentOn[connection]!,
      arrived: false,
    })
    sending = envelope
    send(envelope, delay, destination)
    sending = null
    if (dropped.has(envelope)) sighted.add('a message is dropped where no link is cut')
  }
  const arrives = (envelope: Envelope): void => {
    const known = sent.get(envelope)
    if (known === undefined) {
      if (envelope.message.type === 'append') sighted.add('only a beginning of an append arrives')
      return
    }
    if (dropped.has(envelope)) expect.unreachable('what was dropped arrives')
    const { at, link, connection, number } = known
    if (known.arrived) sighted.add('a message arrives twice')
    else if (number < arrivedOn[connection]!) {
      sighted.add('a message overtakes another one on its link')
      if (ordered) expect.unreachable('links that keep the order did not')
    } else arrivedOn[connection] = number
    known.arrived = true
    const { message } = envelope
    if (message.type === 'heartbeat') heartbeatSentAt[link] = Math.max(heartbeatSentAt[link]!, at)
    if (world.now - at <= latest) return
    if (isSlow) {
      const queued = message.type === 'append' && message.entries.length > 0 && !slows && stragglerRate === 0
      if (queued) sighted.add('an append waits for those before it')
      if (queued && at < heartbeatSentAt[link]!) sighted.add('a heartbeat overtakes an append that waits')
      return
    }
    if (!slows) sighted.add('a message is late, and no link is slow')
    if (stragglerRate === 0) sighted.add('a message is late on a slow link')
  }
  for (const node of nodes) {
    const deliver = node.deliver.bind(node)
    node.deliver = (delivery) => {
      arrives(delivery.envelope)
      deliver(delivery)
    }
  }
}

/** How long writes take, and whether a node that is paused does nothing. */
function watchMachines({ nodes, network, world, agenda, scenario }: Simulation, sighted: Set<string>): void {
  const { latency, stallRate } = scenario.disk
  const { timerLag, turnLength } = scenario.node
  const slows = scenario.nemesis.faults.includes('slowDisk')
  /** Nodes that were paused, and in which of their lives. */
  const paused = new Map<string, number>()
  agenda.onFault = (_number, kind, victim) => {
    const { up, life } = nodes.find(({ id }) => id === victim)!
    if (kind === 'pause' && up) paused.set(victim, life)
  }
  for (const node of nodes) {
    const { disk } = node
    let begun = 0
    const write = disk.write.bind(disk)
    let batch: readonly Persist[] = []
    disk.write = (written, delay = 0) => {
      begun = world.now + delay
      batch = written
      return write(written, delay)
    }
    const { onWritten } = disk
    disk.onWritten = () => {
      if (world.now - begun > 1.51 * latency && batch.every(({ snapshot }) => snapshot === null)) {
        if (!slows) sighted.add('a write takes long, and no disk is slow')
        if (stallRate === 0) sighted.add('a write takes long on a slow disk')
      }
      onWritten()
    }
    const resume = node.resume.bind(node)
    node.resume = () => {
      const overdue = node.clock.at(world.now) - node.raft.nextDeadline() - 20 * timerLag - 2 * turnLength
      if (network.faulty && paused.get(node.id) === node.life && overdue > 1)
        sighted.add('a node that is paused misses its deadline')
      resume()
    }
  }
}

/** Notes what happens. */
function watch(simulation: Simulation, sighted: Set<string>): void {
  const { nodes, network, observer } = simulation
  watchMessages(simulation, sighted)
  watchMachines(simulation, sighted)
  for (const { disk } of nodes) {
    const crash = disk.identity.crash.bind(disk.identity)
    disk.identity.crash = () => {
      const wasWriting = disk.identity.isWriting
      const before = disk.identity.record
      crash()
      if (wasWriting)
        sighted.add(
          `a crash ${disk.identity.record === before ? 'loses' : 'keeps'} a record of the peers that was under way`,
        )
    }
    disk.onTorn = (whole) => {
      if (whole.lastIndexOf(true) > [...whole, false].indexOf(false))
        sighted.add('a crash loses a record, and keeps one after it')
    }
    const { onFailed } = disk
    disk.onFailed = (why) => {
      sighted.add(`a node stops: ${why}`)
      onFailed(why)
    }
  }
  const { founding } = simulation.scenario
  const incarnations = new Set(nodes.map(({ disk }) => disk.identity.incarnation))
  observer.add({
    crashed: ({ founded }) => {
      if (founding !== null && !founded) sighted.add('a member of a new cluster crashes before it takes part')
    },
    founded: () => {
      if (founding !== null)
        sighted.add(founding === 'majority' ? 'a majority founds a new cluster' : 'a new cluster is founded')
    },
    accepted: (_node, peer) => {
      if (founding === null && peer.formerDisk === null)
        expect(incarnations).toContain(peer.disk.identity.incarnation)
    },
    durable: ({ disk: { durableLog } }) => {
      if (durableLog.start.index > 0 && durableLog.entries.length === 0)
        sighted.add('a log is compacted to the tip')
    },
  })
  const cut = network.cut.bind(network)
  network.cut = (from, to) => {
    if (nodes[from]!.snapshotDestinations.includes(nodes[to]!.id))
      sighted.add('a link is cut while it carries a snapshot')
    cut(from, to)
  }
}

function review(simulation: Simulation, sighted: Set<string>): void {
  const { nodes, nemesis, scenario, committed, reads, storeHistory } = simulation
  for (const kind of nemesis.injected.keys()) sighted.add(kind)
  if (committed.verdicts.includes('repeated')) sighted.add('a command is repeated in its session')
  if (committed.verdicts.includes('refused')) sighted.add('a session is gone when its client asks again')
  const written = committed.entries.filter(isInSession).map(writeOf)
  if (new Set(written).size < written.length)
    sighted.add('a command of a session is submitted again by the runtime')
  if (scenario.reads.weaker > 0 && reads.served > 0) sighted.add('a read of weaker consistency')
  const { changes, reads: storeReads, batches, leasesEnded, compactedWatches } = storeHistory.counts
  if (changes > 0) sighted.add('a change of the store is answered')
  if (storeReads > 0) sighted.add('a read of the store')
  if (batches > 0) sighted.add('a watch hands out what has changed')
  if (compactedWatches > 0) sighted.add('a watch is too late, and says so')
  if (leasesEnded > 0) sighted.add('the leader ends a lease')
  if (simulation.storeClients.contenders.firsts > 0) sighted.add('a place in a queue is first')
  sighted.add(`${scenario.voters.length} founders`)
  if (new Set(scenario.voters.map((id) => scenario.own[id]?.priority ?? 1)).size > 1)
    sighted.add('members of different priority')
  if (scenario.voters.some((id) => scenario.own[id]?.witness === true)) sighted.add('a witness')
  const { slowShare } = scenario.network
  if (slowShare > 0) sighted.add(slowShare === 1 ? 'all links carry little' : 'some links carry little')
  if (scenario.network.ordered) sighted.add('links that keep the order')
  for (const { configuration } of committed.configurations.slice(1)) {
    const { voters, outgoing, learners } = configuration
    sighted.add(outgoing.length > 0 ? 'joint configuration' : `${voters.length} voters after a change`)
    if (learners.length > 0)
      sighted.add(scenario.operator.learnersOnly ? 'learners only come and go' : 'learners')
  }
  const last = committed.configuration
  if (nemesis.namesakes.mayPreventFounding && nodes.some(({ lost, founded }) => !lost && !founded))
    sighted.add('a second process has kept a new cluster from being founded')
  if (nodes.some(({ resumedTransfers }) => resumedTransfers > 0))
    sighted.add('a snapshot that was broken off goes on')
  for (const { id, disk, formerDisk, isNewcomer } of nodes) {
    if (formerDisk !== null && !isNewcomer && last.voters.includes(id))
      sighted.add('a member that lost its disk votes again')
    if (disk.refusal === null) continue
    sighted.add(disk.refusal.includes('damaged') ? 'a disk is damaged' : 'a disk is another one')
    if (scenario.voters.includes(id) && !last.voters.includes(id)) sighted.add('a lost member is replaced')
  }
}

/** What happens in the run of this seed. */
function sightings(seed: number): ReadonlySet<string> {
  const sighted = new Set<string>()
  const refused = / refuses n\d: (.*)$/
  let simulation: Simulation | null = null
  const { violation } = simulate({
    seed,
    trace: (line) => {
      const reason = refused.exec(line)?.[1]
      if (reason !== undefined) sighted.add(`a member is refused: ${reason}`)
      if (/finds its snapshot of \d+ damaged/.test(line)) sighted.add('a damaged snapshot is found')
      if (line.endsWith('has no state, and asks for a snapshot'))
        sighted.add('a member without state asks its peers for a snapshot')
    },
    watch: (built) => {
      simulation = built
      watch(built, sighted)
    },
  })
  expect(violation).toBeNull()
  review(simulation!, sighted)
  return sighted
}

test(`within ${MOST} runs everything happens that may happen`, { timeout: 120_000 }, () => {
  const times = new Map(expected.map((what) => [what, 0]))
  const missing = (): string[] => expected.filter((what) => times.get(what)! < OFTEN)
  for (let seed = 1; seed <= MOST && missing().length > 0; seed++)
    for (const what of sightings(seed)) times.set(what, (times.get(what) ?? 0) + 1)
  expect(missing()).toEqual([])
})

test('where there may be seven voters they are, now and then, after a change', { timeout: 120_000 }, () => {
  const mayBeSeven = (seed: number): boolean => {
    const { voters, operator } = drawScenario(new Random(seed).split('scenario'))
    return voters.length >= 4 && operator.mostVoters === 7 && operator.gap < Number.POSITIVE_INFINITY
  }
  const seeds = Array.from({ length: 12 * MOST }, (_, at) => at + 1).filter(mayBeSeven)
  expect(seeds.some((seed) => sightings(seed).has('7 voters after a change'))).toBe(true)
})

import { type Message, term } from '@oarlock/core'
import { expect, test } from 'vitest'
import { Random, World } from '../world/index.ts'
import { type Delivery, Network, type NetworkProfile, type Receiver } from './network.ts'

const profile: NetworkProfile = {
  latency: 10,
  jitter: 1,
  dropRate: 0,
  duplicateRate: 0,
  splitRate: 0,
  stragglerRate: 0,
  stragglerDelay: 0,
  ordered: false,
  rate: Number.POSITIVE_INFINITY,
  slowShare: 0,
  losesInFlight: false,
  transferTime: 0,
  transferLossRate: 0,
}
const message: Message = { type: 'voteResponse', term: term(1), granted: true }

function setUp() {
  const world = new World()
  const got: Delivery[] = []
  const receiver = (place: number, life: number): Receiver<never> => ({
    place,
    up: true,
    life,
    deliver: (delivery) => got.push(delivery),
    arrive() {},
  })
  const network = new Network(world, new Random(1), profile, ['a', 'b'], [receiver(0, 1), receiver(1, 2)])
  let lost = 0
  network.onLost = () => {
    lost++
  }
  const send = (destination?: { life: number | null; isOpen: boolean }) =>
    network.send({ from: 'a', to: 'b', message }, 0, destination)
  const outcome = () => {
    while (world.step(1000));
    return { arrived: got.length, lost }
  }
  return { send, outcome }
}

test('a message reaches the process at the other end of its connection, and no later one', () => {
  const { send, outcome } = setUp()
  send()
  send({ life: 2, isOpen: true })
  send({ life: 1, isOpen: true })
  expect(outcome()).toEqual({ arrived: 2, lost: 1 })
})

test('what is in flight is lost when the receiver closes the connection', () => {
  const { send, outcome } = setUp()
  const connection = { life: 2, isOpen: true }
  send(connection)
  send({ ...connection })
  connection.isOpen = false
  expect(outcome()).toEqual({ arrived: 1, lost: 1 })
})

import { describe, expect, it } from 'vitest'
import type { Address } from './address.ts'
import { NameNotResolvedError } from './names/index.ts'
import { PeerAddress } from './peer-address.ts'

const configured = { host: 'b.example', port: 1 }
const advertised = { host: '10.0.0.9', port: 2 }
const other = { host: '10.0.0.10', port: 2 }

/** Answers one after the other; an error is thrown. */
function setUp(...answers: (readonly string[] | Error)[]) {
  const asked: string[] = []
  const address = new PeerAddress(configured, async (host) => {
    asked.push(host)
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer ?? []
  })
  return { address, asked }
}

describe('the address of a peer', () => {
  it('is the one of the options while the peer has told none', () => {
    const { address } = setUp()
    address.failed()
    address.lost()
    address.told(null, true)
    expect(address.current).toEqual(configured)
  })

  it('is the one that the peer has told, at the next attempt', () => {
    const { address } = setUp()
    address.told(advertised, true)
    expect(String(address)).toBe('10.0.0.9:2')
  })

  it('stays as it is during an attempt, and is the other one after a failure, in turns', () => {
    const { address } = setUp()
    address.told(advertised, false)
    const tried = Array.from({ length: 4 }, () => {
      const { current } = address
      address.failed()
      return current
    })
    expect(tried).toEqual([configured, advertised, configured, advertised])
  })

  it('is the last one that the peer has told when a connection is lost', () => {
    const { address } = setUp()
    address.told(advertised, false)
    address.told(other, false)
    address.lost()
    expect(address.current).toEqual(other)
    address.lost()
    expect(address.current).toEqual(other)
  })

  it('is not changed when the peer repeats what it has told', () => {
    const { address } = setUp()
    address.told(advertised, true)
    address.failed()
    address.told(advertised, true)
    expect(address.current).toEqual(configured)
  })
})

describe('a peer that may be at one of two addresses', () => {
  const inOptions = { host: '10.0.0.7', port: 3 }
  const tried = (address: PeerAddress, times: number) =>
    Array.from({ length: times }, () => {
      const { current } = address
      address.failed()
      return current
    })
  const withFallback = (fallback: Address) => new PeerAddress(configured, async () => [], fallback)

  it('is dialled at both in turns, and at the one that it has told as well', () => {
    const address = withFallback(inOptions)
    expect(tried(address, 3)).toEqual([configured, inOptions, configured])
    address.told(advertised, false)
    expect(tried(address, 3)).toEqual([inOptions, advertised, configured])
  })

  it('is dialled at each only once in a round, whatever it tells', () => {
    const address = withFallback(inOptions)
    address.told(inOptions, false)
    expect(tried(address, 3)).toEqual([configured, inOptions, configured])
    expect(tried(withFallback({ ...configured }), 2)).toEqual([configured, configured])
  })
})

describe('the name of a peer', () => {
  it('is looked up for each attempt; the last answer stays while no name server answers', async () => {
    const silent = new NameNotResolvedError('b.example', 'ETIMEOUT', false)
    const unknown = new NameNotResolvedError('b.example', 'ENOTFOUND', true)
    const { address, asked } = setUp(silent, ['10.0.0.1'], silent, ['10.0.0.2'], unknown)
    expect(await address.resolve()).toBe(silent)
    expect(await address.resolve()).toBeNull()
    expect(await address.resolve()).toBeNull()
    expect(address.resolved).toEqual(['10.0.0.1'])
    expect(await address.resolve()).toBeNull()
    expect(address.resolved).toEqual(['10.0.0.2'])
    expect(await address.resolve()).toBe(unknown)
    expect(asked).toEqual(Array(5).fill('b.example'))
  })

  it('must have an address in its answer', async () => {
    const { address } = setUp(['no address'], [])
    for (let round = 0; round < 2; round++)
      expect((await address.resolve())?.message).toBe("the look-up of 'b.example' gave no IP addresses")
  })

  it('has no answers when the peer has told an address', async () => {
    const { address } = setUp(['10.0.0.1'])
    await address.resolve()
    address.told(advertised, true)
    expect([address.isName, address.resolved]).toEqual([false, []])
  })
})

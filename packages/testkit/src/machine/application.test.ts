// A user's state machine under the simulator, as its author would test it, and the bugs that are found in a
// broken one.
import { describe, expect, test } from 'vitest'
import { type Result, simulate } from '../runs/index.ts'
import type { Random } from '../world/index.ts'
import type { Application } from './application.ts'

interface Transfer {
  readonly from: number
  readonly to: number
  readonly amount: number
}

type Accounts = readonly number[]

const ACCOUNTS = 4
const EACH = 100

/** Accounts and transfers between them. No transfer changes the sum. */
class Bank {
  protected accounts: number[] = Array.from({ length: ACCOUNTS }, () => EACH)

  apply({ from, to, amount }: Transfer): boolean {
    if (this.accounts[from]! < amount) return false
    this.accounts[from]! -= amount
    this.accounts[to]! += amount
    return true
  }

  query(account: number): number {
    return this.accounts[account]!
  }

  get total(): number {
    return this.accounts.reduce((sum, balance) => sum + balance, 0)
  }

  snapshot(): Accounts {
    return [...this.accounts]
  }

  restore(accounts: Accounts): void {
    this.accounts = [...accounts]
  }
}

const transfers = (machine: () => Bank): Application<Bank> => ({
  machine,
  commands: (random: Random) => ({
    from: random.int(ACCOUNTS),
    to: random.int(ACCOUNTS),
    amount: 1 + random.int(EACH),
  }),
  queries: (random) => random.int(ACCOUNTS),
  check: (bank) => {
    if (bank.total !== ACCOUNTS * EACH) throw new Error(`there are ${bank.total} in all`)
  },
})

/** The first violation in this many seeds. */
function found(application: Application<Bank>, seeds = 25): Result['violation'] {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = simulate({ seed, ...application })
    if (violation !== null) return violation
  }
  return null
}

test('a bank keeps its sum under all faults', { timeout: 60_000 }, () => {
  expect(found(transfers(() => new Bank()))).toBeNull()
})

describe('the simulator finds a bank that', () => {
  test('uses chance', () => {
    class Lucky extends Bank {
      override apply(transfer: Transfer): boolean {
        return super.apply({ ...transfer, to: Math.random() < 0.1 ? 0 : transfer.to })
      }
    }
    // Chance decides whether a replica or the replay of a snapshot shows it first.
    expect(found(transfers(() => new Lucky()))).toMatchObject({
      checker: 'SMS',
      message: expect.stringMatching(
        /state at \d+ is not what the committed entries make: \[.* and \[|what is replayed after a snapshot is not the state at \d+/,
      ),
    })
  })

  test('answers by chance', () => {
    class Moody extends Bank {
      override apply(transfer: Transfer): boolean {
        return super.apply(transfer) && Math.random() < 0.9
      }
    }
    expect(found(transfers(() => new Moody()))?.checker).toBe('MODEL')
  })

  test('shares a variable between replicas', () => {
    let served = 0
    class Shared extends Bank {
      override apply(transfer: Transfer): boolean {
        return served++ % 7 !== 0 && super.apply(transfer)
      }
    }
    // The replicas differ from each other and from the model; either may be seen first.
    expect(['SMS', 'MODEL']).toContain(found(transfers(() => new Shared()))?.checker)
  })

  test('keeps changing its snapshot (S9)', () => {
    class Aliased extends Bank {
      override snapshot(): Accounts {
        return this.accounts
      }
    }
    expect(found(transfers(() => new Aliased()))?.checker).toBe('SMS')
  })

  test('keeps changing the snapshot that it was given', () => {
    class Taken extends Bank {
      override restore(accounts: Accounts): void {
        this.accounts = accounts as number[]
      }
    }
    expect(found(transfers(() => new Taken()))?.checker).toBe('SMS')
  })

  test('leaves a variable out of its snapshot', () => {
    class Counting extends Bank {
      #transfers = 0
      override apply(transfer: Transfer): boolean {
        return this.#transfers++ % 5 !== 4 && super.apply(transfer)
      }
    }
    expect(found(transfers(() => new Counting()))?.checker).toMatch(/SMS|MODEL/)
  })

  test('keeps part of its old state in a restore', () => {
    class Merging extends Bank {
      override restore(accounts: Accounts): void {
        this.accounts = this.accounts.map((own, at) => Math.max(own, accounts[at]!))
      }
    }
    expect(found(transfers(() => new Merging()))?.checker).toBe('SMS')
  })

  test('loses money', () => {
    class Leaky extends Bank {
      override apply(transfer: Transfer): boolean {
        const applied = super.apply(transfer)
        if (transfer.amount === 13) this.accounts[transfer.to] = 0
        return applied
      }
    }
    expect(found(transfers(() => new Leaky()))).toMatchObject({
      checker: 'MACHINE',
      message: expect.stringMatching(/check\(\) fails after the command at \d+: there are \d+ in all/),
    })
  })

  test('throws', () => {
    class Fragile extends Bank {
      override apply(transfer: Transfer): boolean {
        if (transfer.from === transfer.to) throw new RangeError('to itself')
        return super.apply(transfer)
      }
    }
    expect(found(transfers(() => new Fragile()))).toMatchObject({
      checker: 'MACHINE',
      cause: expect.any(RangeError),
    })
  })

  test('is changed by a query', () => {
    class Nosy extends Bank {
      override query(account: number): number {
        this.accounts[account]! += 0.5
        return super.query(account)
      }
    }
    expect(found(transfers(() => new Nosy()))?.checker).toBe('MODEL')
  })
})

test('a state machine without commands is refused', () => {
  expect(() => simulate({ seed: 1, machine: () => new Bank() })).toThrow(
    'machine and commands must be given together',
  )
})

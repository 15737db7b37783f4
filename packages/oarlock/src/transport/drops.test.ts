import { readFileSync } from 'node:fs'
import { DecodeError } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { FrameTooLongError, NotAuthenticError } from '../wire/index.ts'
import { closeReasons, DropCounter, messageDropReasons, reasonOf } from './drops.ts'

const document = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8')

describe('the reasons', () => {
  it.each([...closeReasons, ...messageDropReasons])('%s is in docs/security.md', (reason) =>
    expect(document).toContain(`\`${reason}\``),
  )

  it.each([
    [new FrameTooLongError(''), 'frame-too-long'],
    [new NotAuthenticError(''), 'not-authentic'],
    [new DecodeError(''), 'protocol-error'],
  ])('(%#) of bytes that no member sends is told by the error', (error, reason) =>
    expect(reasonOf(error)).toBe(reason),
  )

  it('are counted, each on its own', () => {
    const counter = new DropCounter()
    const before = counter.counts
    counter.connection('silent')
    counter.connection('silent')
    counter.message('too-long')
    expect(counter.counts.connections).toEqual({ ...before.connections, silent: 2 })
    expect(counter.counts.messages).toEqual({ 'not-connected': 0, 'queue-full': 0, 'too-long': 1 })
    expect(before.connections.silent).toBe(0)
  })
})

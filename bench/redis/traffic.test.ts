import { expect, it } from 'vitest'
import { countCommands } from './traffic.ts'

it('counts the commands of clients, by channel, without those inside scripts', () => {
  const { commands, published } = countCommands([
    '+OK',
    '+1700000000.123456 [0 127.0.0.1:50000] "PUBLISH" "{a}:to:b" "\\x00\\"\\n"',
    '+1700000000.123457 [0 127.0.0.1:50001] "publish" "{a}:to:b" "x"',
    '+1700000000.123458 [0 127.0.0.1:50001] "publish" "{a}:all" "x"',
    '+1700000000.123459 [0 127.0.0.1:50001] "EVAL" "return 1" "0"',
    '+1700000000.123460 [0 lua] "GET" "{a}:alive"',
    '+1700000000.123461 [0 127.0.0.1:50000] "PING"',
  ])
  expect(commands).toBe(5)
  expect([...published]).toEqual([
    ['{a}:to:b', 2],
    ['{a}:all', 1],
  ])
})

import { describe, expect, it } from 'vitest'
import { explainAnswer, explainRefusal } from './refusal.ts'

const script = `
local found = redis.call('HMGET', KEYS[1], 'a')
redis.call('SET', KEYS[2], ARGV[1])
return redis.pcall('GET', KEYS[2])`
const evaluated = ['EVAL', script, '2', '{billing}:cluster', '{billing}:alive', 'x']
const published = ['PUBLISH', '{billing}:to:a', Uint8Array.of(1)]
const sha = 'd428573a4356bc6caa149dc925b0f2dba21022c7'

describe('the answer of Redis that a right is missing names it', () => {
  it.each([
    ['+eval', "NOPERM this user has no permissions to run the 'eval' command", evaluated],
    ['+eval', "NOPERM User elector has no permissions to run the 'eval' command", evaluated],
    ['+publish', "NOPERM this user has no permissions to run the 'publish' command", published],
    ['+pubsub|numsub', "NOPERM User a has no permissions to run the 'pubsub|numsub' command", ['PUBSUB']],
    [
      '+hmget',
      `ERR The user executing the script can't run this command or subcommand script: ${sha}, on @user_script:2.`,
      evaluated,
    ],
    [
      '+set',
      `ERR The user executing the script can't run this command or subcommand script: ${sha}, on @user_script:3.`,
      evaluated,
    ],
    [
      '+hmget',
      `NOPERM ACL failure in script: User elector has no permissions to run the 'hmget' command script: ${sha}, on @user_script:2.`,
      evaluated,
    ],
    [
      '~{billing}:*',
      'NOPERM this user has no permissions to access one of the keys used as arguments',
      evaluated,
    ],
    ['~{billing}:*', 'NOPERM No permissions to access a key', evaluated],
    [
      '&{billing}:*',
      'NOPERM this user has no permissions to access one of the channels used as arguments',
      published,
    ],
    ['&{billing}:*', 'NOPERM No permissions to access a channel', ['SUBSCRIBE', '{billing}:all']],
  ])('%s: %s', (right, answer, args) => {
    const text = explainRefusal(answer, args)
    expect(text).toContain(`lacks the right ${right}: ACL SETUSER <user> ${right})`)
    expect(text).toMatch(new RegExp(`^Redis refused ${String(args[0])}: `))
    expect(text).not.toContain(sha)
  })

  it('also for a command of the client library', () => {
    expect(explainAnswer("NOPERM this user has no permissions to run the 'select' command")).toContain(
      'lacks the right +select',
    )
  })
})

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'Redis is out of memory'],
  ['LOADING Redis is loading the dataset in memory', 'answers when it is done'],
  ["READONLY You can't write against a read only replica.", 'connect to the master'],
  [
    'WRONGPASS invalid username-password pair or user is disabled.',
    'password in the option `redis` is wrong',
  ],
])('other answers come with advice: %s', (answer, advice) => {
  expect(explainAnswer(answer)).toBe(`${answer} (${/\((.*)\)$/.exec(explainAnswer(answer))![1]})`)
  expect(explainAnswer(answer)).toContain(advice)
})

it('an unknown answer is quoted', () => {
  expect(explainAnswer('connect ECONNREFUSED 127.0.0.1:1')).toBe('connect ECONNREFUSED 127.0.0.1:1')
})

// Explains an error that Redis answered: the missing right by name, or what to do about Redis.

/** What to do about an error, by its first word. */
const advice: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory: raise its maxmemory, or free memory',
  LOADING: 'Redis is loading its data, and answers when it is done',
  READONLY: 'this Redis is a read-only replica: connect to the master',
  MASTERDOWN: 'this Redis is a replica without its master: connect to the master',
  CLUSTERDOWN: 'the Redis Cluster is down',
  MISCONF: 'Redis cannot save to its disk, and refuses writes until it can',
  NOREPLICAS: 'Redis refuses writes until enough of its replicas are connected',
  BUSY: 'a script blocks Redis',
  NOAUTH: 'this Redis asks for a password: give one in the option `redis`',
  WRONGPASS: 'the user name or the password in the option `redis` is wrong',
}

const noCommandRight = /no permissions? to run the '([^']+)' command|can't run this command or subcommand/i
const noKeyRight = /no permissions? to access (?:a|one of the) keys?|can't access at least one of the keys/i
const noChannelRight = /no permissions? to access (?:a|one of the) channels?/i
/** The line of a script in which a call failed. */
const scriptLine = /@user_script:(\d+)/
const whereInScript = /,? script: [0-9a-f]{40}, on @user_script:\d+\.?/

/** One sentence. `args`: the command that was sent. */
export function explainRefusal(answer: string, args: readonly (string | Uint8Array)[]): string {
  const [name = '', ...rest] = args.slice(0, 4).map(String)
  const command = name.toUpperCase()
  return `Redis refused ${command}: ${explained(answer, missingRight(answer, command, rest))}`
}

/** As `explainRefusal`, for an answer to a command that the client library has sent. */
export const explainAnswer = (answer: string): string => explained(answer, missingRight(answer, '', []))

function explained(answer: string, right: string | null): string {
  const said = answer.replace(whereInScript, '').trim()
  if (right !== null)
    return `${said} (the user that connects lacks the right ${right}: ACL SETUSER <user> ${right})`
  const hint = advice[/^[A-Z]+/.exec(answer)?.[0] ?? '']
  return hint === undefined ? said : `${said} (${hint})`
}

/** As in ACL SETUSER. Null: no right is missing, or it is not known which. */
function missingRight(answer: string, command: string, args: readonly string[]): string | null {
  if (noChannelRight.test(answer)) return `&${pattern(args[0] ?? '*')}`
  if (noKeyRight.test(answer)) return `~${pattern((command === 'EVAL' ? args[2] : args[0]) ?? '*')}`
  const refused = noCommandRight.exec(answer)
  if (refused === null) return null
  const inScript = scriptLine.exec(answer)
  const called = inScript === null ? null : calledIn(args[0] ?? '', Number(inScript[1]))
  const right = refused[1] ?? called ?? command
  return right === '' ? null : `+${right.toLowerCase()}`
}

/** The command that a line of the script calls. Lines count from 1. */
function calledIn(script: string, line: number): string | null {
  const [, command] = /redis\.call\('(\w+)'/.exec(script.split('\n')[line - 1] ?? '') ?? []
  return command ?? null
}

/** All names of the prefix: `{billing}:*`. */
const pattern = (name: string): string => name.replace(/^(\{[^}]*\}:).*$/s, '$1*')

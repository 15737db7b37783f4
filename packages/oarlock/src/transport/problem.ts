// Why a connection was not made or was lost, as a sentence for people.

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this machine has no free port or no address for it',
  EMFILE: 'this process has too many open files',
}

/** `cause` is null if the other side closed the connection. */
export function problemOf(cause: Error | null): string {
  if (cause === null) return 'it closed the connection'
  // Several addresses of one name were tried.
  const [first] = cause instanceof AggregateError ? (cause.errors as NodeJS.ErrnoException[]) : []
  const { code, message } = first ?? (cause as NodeJS.ErrnoException)
  const meaning = meanings[code ?? '']
  return meaning === undefined ? message : `${meaning} (${code})`
}

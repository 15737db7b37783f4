// A member with the default logger and a log in memory, in its own process.
//
//   node --conditions=@oarlock/source lonely-member.ts '<MemberOptions as JSON>'
import { join, MemoryLogStore } from '../src/index.ts'

await join({ ...JSON.parse(process.argv[2]!), logStore: new MemoryLogStore() })

// The command: npm run outside -- --help
import { outside } from './command.ts'

// Whoever reads has seen enough: `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = outside(process.argv.slice(2), console.log, console.error)

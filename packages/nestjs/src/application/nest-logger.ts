// Writes the log of an election to Nest's logger.
import type { Logger as NestLogger } from '@nestjs/common'
import type { Logger } from 'oarlock'

const text = (fields: object, message: string): string => {
  const facts = Object.entries(fields).map(
    ([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`,
  )
  return facts.length === 0 ? message : `${message} (${facts.join(', ')})`
}

const stackIn = (fields: object): string | undefined =>
  Object.values(fields).find((value) => value instanceof Error)?.stack

export const electionLogger = (nest: NestLogger): Logger => ({
  debug: (fields, message) => nest.debug(text(fields, message)),
  info: (fields, message) => nest.log(text(fields, message)),
  warn: (fields, message) => nest.warn(text(fields, message)),
  error: (fields, message) => nest.error(text(fields, message), stackIn(fields)),
})

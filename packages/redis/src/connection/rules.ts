// What the options that name a Redis may be.
import { confidential, isText, mustBe, type Rule } from '@oarlock/runtime'

export const redisRule: Rule = confidential(
  'a URL, options of ioredis, or a client of ioredis or node-redis',
  (value) => isText(value) || (typeof value === 'object' && value !== null && !Array.isArray(value)),
)

export const prefixRule: Rule = mustBe(
  'a string without braces that is not empty',
  (value) => isText(value) && !/[{}]/.test(value),
)

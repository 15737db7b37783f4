// CommonJS, so that bundlers see which package this loads.

/** The class `Redis` of ioredis, or null if ioredis is not installed. */
exports.loadRedis = () => {
  // Within `try`, bundlers accept that ioredis may be missing.
  try {
    return require('ioredis').Redis
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return null
  }
}

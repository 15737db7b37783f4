export function loadRedis(): (new (...args: readonly unknown[]) => object) | null

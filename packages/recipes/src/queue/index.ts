export { QueueFeed, type QueueFeedInit } from './queue-feed.ts'
export {
  type Entered,
  type NewPlace,
  QueuePlace,
  type QueuePlaceInit,
  type QueueRequests,
} from './queue-place.ts'
export { type Place, QueueView } from './queue-view.ts'
export { queueRequests } from './store-requests.ts'

// The page: a tab, what is seen of it, and what the browser does with it.
import { Tab } from './tab.ts'
import { View } from './view.ts'

const tab = new Tab({
  log: (message) => view.log(message),
  conflict: (message) => view.conflict(message),
  changed: () => view.changed(),
})
const view = new View(tab)

addEventListener('unhandledrejection', ({ reason }) =>
  view.log(`Something failed: ${reason?.message ?? reason}`),
)

// `persisted`: the page may be put aside as it is, and shown again on the way back. It must not say a word meanwhile.
addEventListener('pagehide', ({ persisted }) => (persisted ? tab.stop() : tab.close()))
addEventListener('pageshow', ({ persisted }) => persisted && tab.start())
document.addEventListener('freeze', () => tab.stop())
document.addEventListener('resume', () => tab.start())

// For the console.
Object.assign(globalThis, { tab })

tab.start()

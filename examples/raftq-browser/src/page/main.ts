// Connects the tab with its view and with the browser's events for the page.
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

// `persisted`: the page may go into the back/forward cache and be shown again later. It must be silent
// meanwhile.
addEventListener('pagehide', ({ persisted }) => (persisted ? tab.stop() : tab.close()))
addEventListener('pageshow', ({ persisted }) => persisted && tab.start())
document.addEventListener('freeze', () => tab.stop())
document.addEventListener('resume', () => tab.start())

// For the console of the browser.
Object.assign(globalThis, { tab })

tab.start()

// The drawing as a page: the tale, the legend, and the drawing with the members' names always in sight.
import { drawLegend, LEGEND_HEIGHT, LEGEND_WIDTH } from './legend.ts'
import { style } from './style.ts'
import { type Drawing, drawHeading, drawView } from './svg.ts'
import type { View } from './view.ts'
import { element, escaped } from './xml.ts'

export interface PageText {
  readonly title: string
  readonly subtitle: readonly string[]
  /** The lines that tell the run. */
  readonly tale: readonly string[]
  /** The command that replays the run. */
  readonly command: string
}

const pageStyle = `
* { box-sizing: border-box; }
html { color-scheme: light dark; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
header { padding: 28px 32px 12px; max-width: 1100px; }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 6px; }
.soft { color: var(--soft); margin: 0; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: 12px; }
pre { margin: 0; overflow-x: auto; }
.command { border: 1px solid var(--faint); border-radius: 8px; padding: 10px 14px; margin: 14px 0; overflow-x: auto; }
details { margin: 10px 0 16px; }
summary { cursor: pointer; font-weight: 600; margin-bottom: 6px; }
.scroll { overflow-x: clip; }
.names { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--faint); z-index: 1; }
.names svg, .drawing svg, header svg { display: block; }
@media (max-width: 900px) { .scroll { overflow-x: auto; } }`

const svg = ({ width, height, inside }: Drawing): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    },
    inside,
  )

/** An HTML file that needs no other file. */
export function drawPage(view: View, { title, subtitle, tale, command }: PageText): string {
  const legend: Drawing = {
    width: LEGEND_WIDTH + 40,
    height: LEGEND_HEIGHT + 4,
    inside: drawLegend(2, 12, LEGEND_WIDTH),
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
${style}
${pageStyle}
</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
${subtitle.map((line) => `<p class="soft">${escaped(line)}</p>`).join('\n')}
<pre class="command">${escaped(command)}</pre>
<details open><summary>What happens</summary><pre>${escaped(tale.join('\n'))}</pre></details>
${svg(legend)}
</header>
<div class="scroll">
<div class="names">${svg(drawHeading(view.ids))}</div>
<div class="drawing">${svg(drawView(view, { names: false }))}</div>
</div>
</body>
</html>
`
}
